// The verdict, the findings as cards, and where memory goes over time: what an engineer who was woken needs first.
import { useMemo } from 'preact/hooks';
import { apiPaths } from '../../api/paths.ts';
import type { TimelineAnswer } from '../../api/timeline.ts';
import { forecastLine, oomLine } from '../../report/render-process.ts';
import type { Report } from '../../report/report.ts';
import { ledgerChart } from '../chart/ledger-chart.ts';
import { TimeChart } from '../chart/time-chart.tsx';
import { FindingCard } from '../parts/finding-card.tsx';
import { Spark } from '../parts/spark.tsx';
import { Loading, NotCaptured, Whole } from '../parts/states.tsx';
import { withQuery } from '../route.ts';
import { colours } from '../theme.ts';
import { useAnswer } from '../use-answer.ts';
import { useApp } from '../use-app.ts';
import { amount, quantityName, rateWithInterval, signed } from '../words.ts';

export function OverviewView() {
  const answer = useAnswer<Report>(apiPaths.report);
  const quick = useAnswer<TimelineAnswer>(apiPaths.timeline, { points: 600 });
  // Of a recording the numbers come at once, the ledger when it is made.
  const isLater = quick.state === 'ready' && quick.value.ledgerLater === true;
  const whole = useAnswer<TimelineAnswer>(isLater ? apiPaths.timeline : undefined, { points: 600, ledger: 'yes' });
  const timeline = isLater && whole.state === 'ready' ? whole : quick;
  return (
    <Whole answer={answer} what="the report">
      {(report) => (
        <>
          <Verdict report={report} />
          {report.findings.length === 0 ? undefined : (
            <section aria-label="Findings" class="cards">
              {report.findings.map((finding, at) => (
                <FindingCard key={finding.id} finding={finding} number={at + 1} />
              ))}
            </section>
          )}
          <Whole answer={timeline} what="the timeline">
            {(value) => <Memory report={report} timeline={value} />}
          </Whole>
          <Totals report={report} />
          <Rest report={report} />
        </>
      )}
    </Whole>
  );
}

function Verdict({ report }: { readonly report: Report }) {
  const limit = forecastLine(report);
  const kills = oomLine(report);
  return (
    <section class={`hero hero-${report.verdict}`} aria-label="Verdict">
      <h1>
        {{ leak: 'It leaks.', clear: 'No leak.', inconclusive: 'Not settled.' }[report.verdict]}{' '}
        <span class="lead">{report.summary}</span>
      </h1>
      {limit === undefined ? undefined : (
        <p>
          <strong>Limit</strong> {limit}
        </p>
      )}
      {kills === undefined ? undefined : (
        <p>
          <strong>OOM kills</strong> {kills}
        </p>
      )}
    </section>
  );
}

function Memory({ report, timeline }: { readonly report: Report; readonly timeline: TimelineAnswer }) {
  const { route, go, theme } = useApp();
  const scale = route.query['scale'] === 'limit' ? 'limit' : 'data';
  const spec = useMemo(
    () => ledgerChart(timeline, report.forecast, { scale, series: colours[theme].series, text: colours[theme].text }),
    [timeline, report, scale, theme],
  );
  const why = timeline.ledger.kind === 'captured' || timeline.ledgerLater === true ? undefined : timeline.ledger;
  return (
    <section class="panel" aria-label="Resident memory over time">
      <header class="panel-head">
        <h2>Where resident memory goes</h2>
        {report.forecast === undefined || spec === undefined ? undefined : (
          <span class="choice">
            {(['data', 'limit'] as const).map((one) => (
              <button
                key={one}
                type="button"
                aria-pressed={scale === one}
                onClick={() => go(withQuery(route, { scale: one === 'data' ? undefined : one }), 'replace')}
              >
                {one === 'data' ? 'What was seen' : 'Up to the limit'}
              </button>
            ))}
          </span>
        )}
      </header>
      {spec === undefined ? undefined : (
        <TimeChart spec={spec} height={320} label="Resident memory over time by class" />
      )}
      {timeline.ledgerLater === true ? <Loading what="the ledger" /> : undefined}
      {why === undefined ? undefined : <NotCaptured what="The ledger of resident memory" why={why.why} how={why.how} />}
      {report.ledger === undefined ? undefined : <p class="faint">{report.ledger.branch.why}</p>}
    </section>
  );
}

function Totals({ report }: { readonly report: Report }) {
  return (
    <section class="tiles" aria-label="Trends">
      {report.totals.map((total) => (
        <div key={total.what} class="panel tile">
          <h3>{quantityName(total.what)}</h3>
          <Spark values={total.values} label={`${quantityName(total.what)}: ${total.shape}`} width={180} height={40} />
          <p class="figure">
            {amount(total.first, total.unit)} → <strong>{amount(total.last, total.unit)}</strong>
          </p>
          <p class={total.shape === 'growing' ? 'grows' : 'faint'}>
            {total.shape === 'growing' || total.shape === 'falling'
              ? signed(rateWithInterval(total.perSecond, total.low, total.high, total.unit))
              : total.shape}
          </p>
        </div>
      ))}
    </section>
  );
}

function Rest({ report }: { readonly report: Report }) {
  const open = [...report.inconclusive].sort(
    (a, b) => Number(b.rule.startsWith('total-')) - Number(a.rule.startsWith('total-')),
  );
  return (
    <>
      {open.length === 0 ? undefined : (
        <details class="panel" open={report.verdict === 'inconclusive'}>
          <summary>
            <h2>Not settled ({open.length})</h2>
          </summary>
          <dl class="statements">
            {open.map((one) => (
              <div key={one.rule}>
                <dt>
                  <code>{one.rule}</code> {one.why}
                </dt>
                <dd>Would settle it: {one.whatWouldSettleIt}</dd>
              </div>
            ))}
          </dl>
        </details>
      )}
      <details class="panel">
        <summary>
          <h2>Clear ({report.clear.length})</h2>
        </summary>
        <ul class="plain">
          {report.clear.map((one) => (
            <li key={one.rule}>
              <code>{one.rule}</code> {one.why} <span class="faint">({one.examined} examined)</span>
            </li>
          ))}
        </ul>
      </details>
      {report.warnings.length === 0 ? undefined : (
        <details class="panel">
          <summary>
            <h2>Warnings ({report.warnings.length})</h2>
          </summary>
          <ul class="plain">
            {report.warnings.map((warning) => (
              <li key={warning}>{warning}</li>
            ))}
          </ul>
        </details>
      )}
      {report.cost === undefined ? undefined : (
        <p class="faint">
          This cost the target {report.cost.requests} requests, {report.cost.forcedGcs} forced collections and{' '}
          {amount(report.cost.bytesReceived, 'bytes')}.
        </p>
      )}
    </>
  );
}
