// Was it killed for want of memory, by which limit, and when is it next.
import type { OomAnswer } from '../../api/oom.ts';
import { apiPaths } from '../../api/paths.ts';
import { formatByteRate, formatBytes } from '../../base/format-bytes.ts';
import { formatCount } from '../../base/format-count.ts';
import type { Report, ReportOomKill } from '../../report/report.ts';
import { Captured, Whole } from '../parts/states.tsx';
import { useAnswer } from '../use-answer.ts';

export function OomView() {
  const answer = useAnswer<OomAnswer>(apiPaths.oom);
  return (
    <Whole answer={answer} what="kills and limits">
      {(oom) => (
        <>
          <section class="panel" aria-label="Kills">
            <h2>Was it killed for want of memory?</h2>
            <Captured part={oom.kills} what="Whether it was OOM-killed">
              {(kills) => <Kills kills={kills} />}
            </Captured>
            <Counted oom={oom} />
          </section>
          <section class="panel" aria-label="Forecast">
            <h2>When is it next?</h2>
            <Captured part={oom.forecast} what="A forecast">
              {(forecast) => <Forecast forecast={forecast} />}
            </Captured>
            <Captured part={oom.limits} what="Limits">
              {(limits) => (
                <table class="grid">
                  <thead>
                    <tr>
                      <th>limit</th>
                      <th class="number">used</th>
                      <th class="number">of</th>
                      <th class="wide" />
                    </tr>
                  </thead>
                  <tbody>
                    {limits.map((limit) => (
                      <tr key={limit.name}>
                        <td>{limit.name}</td>
                        <td class="number">
                          {limit.usedBytes === undefined ? 'not readable' : formatBytes(limit.usedBytes)}
                        </td>
                        <td class="number">{formatBytes(limit.limitBytes)}</td>
                        <td class="wide">
                          {limit.usedBytes === undefined ? undefined : (
                            <progress max={1} value={limit.usedBytes / limit.limitBytes} aria-label="used" />
                          )}
                        </td>
                      </tr>
                    ))}
                  </tbody>
                </table>
              )}
            </Captured>
          </section>
          {oom.others.length === 0 ? undefined : (
            <section class="panel" aria-label="Other kills">
              <h2>Others that were killed</h2>
              <ul class="plain">
                {oom.others.map((kill) => (
                  <li key={`${kill.at} ${kill.pid}`}>
                    <Time at={kill.at} /> {kill.comm} ({kill.pid}){' '}
                    {kill.anonRssBytes === undefined ? '' : formatBytes(kill.anonRssBytes)}{' '}
                    <span class="faint">{kill.cgroup}</span>
                  </li>
                ))}
              </ul>
            </section>
          )}
        </>
      )}
    </Whole>
  );
}

function Kills({ kills }: { readonly kills: readonly ReportOomKill[] }) {
  if (kills.length === 0) return <p>No kill of this program is known.</p>;
  return (
    <ul class="plain">
      {kills.map((kill) => (
        <li key={`${kill.at} ${kill.pid}`} class="kill">
          <strong>
            <Time at={kill.at} /> {kill.comm} ({kill.pid})
          </strong>
          <p>{kill.holder}</p>
          <p class="faint">
            {[
              kill.limitBytes === undefined ? undefined : `limit ${formatBytes(kill.limitBytes)}`,
              kill.anonRssBytes === undefined ? undefined : `it had ${formatBytes(kill.anonRssBytes)}`,
              kill.constraint,
              kill.cgroup,
              `known by its ${kill.matchedBy}`,
              kill.source,
            ]
              .filter((part) => part !== undefined)
              .join(' · ')}
          </p>
        </li>
      ))}
    </ul>
  );
}

function Counted({ oom }: { readonly oom: OomAnswer }) {
  const counted = [
    oom.cgroupKills === undefined ? undefined : `its cgroup ${oom.cgroup ?? ''} counts ${formatCount(oom.cgroupKills)}`,
    oom.hostKills === undefined ? undefined : `the machine counts ${formatCount(oom.hostKills)} since its boot`,
  ].filter((part) => part !== undefined);
  return (
    <>
      <p class="faint">
        {counted.length === 0 ? 'The kernel was not asked for its counters.' : `The kernel: ${counted.join(', ')}.`}
        {oom.logs.map(({ source, lines }) => ` ${source} was read (${formatCount(lines)} lines).`)}
      </p>
      {oom.gaps.length === 0 ? undefined : (
        <ul class="plain faint">
          {oom.gaps.map((gap) => (
            <li key={gap}>{gap}</li>
          ))}
        </ul>
      )}
    </>
  );
}

function Forecast({ forecast }: { readonly forecast: NonNullable<Report['forecast']> }) {
  return (
    <p>
      {forecast.exhaustedAt === undefined ? (
        <>
          Nothing grows towards {forecast.limitSource} ({formatBytes(forecast.limitBytes)}).
        </>
      ) : (
        <>
          <strong>
            {forecast.limitSource} ({formatBytes(forecast.limitBytes)}) is met <Time at={forecast.exhaustedAt} />
          </strong>
          {forecast.bytesPerSecond === undefined ? '' : ` at ${formatByteRate(forecast.bytesPerSecond)}`}: between{' '}
          <Time at={forecast.low} /> and {forecast.high === undefined ? 'never' : <Time at={forecast.high} />}. Then{' '}
          {forecast.consequence}.
        </>
      )}
    </p>
  );
}

function Time({ at }: { readonly at: string | undefined }) {
  if (at === undefined) return <span>at a time that the log does not say</span>;
  return (
    <time dateTime={at} title={at}>
      {new Date(at).toLocaleString()}
    </time>
  );
}
