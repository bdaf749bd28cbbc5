// One leak as a story: how fast it grows, the guilty lines, who holds it, what speaks for and against it, what to do.
import { apiPaths } from '../../api/paths.ts';
import type { Report } from '../../report/report.ts';
import { Certainty, FindingCard } from '../parts/finding-card.tsx';
import { Place } from '../parts/place.tsx';
import { Failed, Whole } from '../parts/states.tsx';
import { formatRoute } from '../route.ts';
import { useAnswer } from '../use-answer.ts';
import { useApp } from '../use-app.ts';
import { amount, type Finding, growthText, rate } from '../words.ts';
import { FindingEvidence } from './finding-evidence.tsx';
import { FindingGroup } from './finding-group.tsx';
import { FindingGrowth } from './finding-growth.tsx';
import { FindingHolder } from './finding-holder.tsx';
import { FindingSource } from './finding-source.tsx';

export function FindingView() {
  const { route } = useApp();
  const answer = useAnswer<Report>(apiPaths.report);
  return (
    <Whole answer={answer} what="the findings">
      {(report) => {
        // A list of one is no choice.
        const isOnly = route.item === undefined && report.findings.length === 1;
        if (route.item === undefined && !isOnly) return <All report={report} />;
        const at = isOnly ? 0 : report.findings.findIndex(({ id }) => id === route.item);
        const finding = report.findings[at];
        return finding === undefined ? (
          <Failed
            message="There is no such finding in this run"
            advice="It may be of another run: the list of findings is one step up."
          />
        ) : (
          <One key={finding.id} report={report} finding={finding} at={at} />
        );
      }}
    </Whole>
  );
}

function All({ report }: { readonly report: Report }) {
  if (report.findings.length === 0)
    return (
      <div class="state">
        <strong>
          {report.verdict === 'clear'
            ? 'Nothing leaks in what was watched.'
            : 'No leak was found, and none is excluded.'}
        </strong>
        <p>{report.summary}</p>
      </div>
    );
  return (
    <section aria-label="Findings" class="cards">
      {report.findings.map((finding, at) => (
        <FindingCard key={finding.id} finding={finding} number={at + 1} />
      ))}
    </section>
  );
}

function One({ report, finding, at }: { readonly report: Report; readonly finding: Finding; readonly at: number }) {
  const link = (other: Finding | undefined, text: string) =>
    other === undefined ? undefined : (
      <a href={formatRoute({ view: 'finding', item: other.id, query: {} })} title={other.title}>
        {text}
      </a>
    );
  return (
    <article class="finding">
      {report.findings.length === 1 ? undefined : (
        <p class="crumbs">
          <a href={formatRoute({ view: 'finding', query: {} })}>All findings ({report.findings.length})</a>
          {link(report.findings[at - 1], '← previous')}
          {link(report.findings[at + 1], 'next →')}
        </p>
      )}
      <h1>
        {at + 1}. {finding.title}
      </h1>
      <p class="badges">
        <span class="badge rule">{finding.rule}</span>
        <Certainty finding={finding} />
        {finding.permanence === 'unknown' ? undefined : <span class="badge">{finding.permanence}</span>}
        <strong class="grows">{growthText(finding)}</strong>
      </p>
      <div class="columns">
        <div>
          <FindingSource finding={finding} snippets={report.snippets} />
          <FindingHolder finding={finding} />
          <FindingGroup finding={finding} />
        </div>
        <div>
          <section class="panel advice" aria-label="What to do">
            <h2>What to do</h2>
            <p>{finding.advice.fix}</p>
            <h3>Why it leaks</h3>
            <p>
              {finding.advice.what} {finding.advice.why}
            </p>
            <h3>What only looks like it</h3>
            <p class="faint">{finding.falsePositives}</p>
          </section>
          <FindingGrowth finding={finding} />
          <FindingEvidence finding={finding} />
          <Consequences report={report} finding={finding} />
        </div>
      </div>
    </article>
  );
}

function Consequences({ report, finding }: { readonly report: Report; readonly finding: Finding }) {
  const rows = report.growth.filter(({ id }) => finding.consequences.includes(id));
  if (rows.length === 0) return;
  return (
    <section class="panel" aria-label="What it drags along">
      <h2>What it drags along</h2>
      <ul class="plain">
        {rows.map((row) => {
          const unit = row.kind === 'goroutine' ? 'count' : 'bytes';
          return (
            <li key={row.id}>
              <Place function={row.function} file={row.file} line={row.line} />{' '}
              <span class="grows">
                +{amount(row.delta, unit)} ({rate(row.perSecond, unit)})
              </span>
            </li>
          );
        })}
      </ul>
    </section>
  );
}
