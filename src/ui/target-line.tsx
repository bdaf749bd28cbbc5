// What is looked at, and what was concluded, in the head of each page.
import type { CasesAnswer } from '../api/cases.ts';
import { apiPaths } from '../api/paths.ts';
import { formatDuration } from '../base/format-duration.ts';
import type { Report } from '../report/report.ts';
import { useAnswer } from './use-answer.ts';

export function TargetLine({ cases }: { readonly cases: CasesAnswer | undefined }) {
  const answer = useAnswer<Report>(apiPaths.report);
  const choice = cases === undefined || cases.cases.length < 2 ? undefined : <CaseChoice cases={cases} />;
  if (answer.state !== 'ready') return <span class="target">{choice}</span>;
  const { target, window, verdict } = answer.value;
  const spanMs = Date.parse(window.to) - Date.parse(window.from);
  const facts = [
    target.goVersion,
    `${window.captures} captures in ${formatDuration(spanMs)}`,
    window.restarts > 0 ? `${window.restarts} restarts` : undefined,
  ].filter((fact) => fact !== undefined);
  return (
    <span class="target">
      <span class={`verdict verdict-${verdict}`}>{verdict}</span>
      {choice ?? <strong title={target.exe}>{target.label}</strong>}
      {cases?.live === true ? <span class="badge live">recording</span> : undefined}
      <span class="faint">{facts.join(' · ')}</span>
    </span>
  );
}

/** Another recording is another page: nothing of the one before may be left on it. */
function CaseChoice({ cases }: { readonly cases: CasesAnswer }) {
  return (
    <select
      aria-label="Recording"
      value={cases.shown}
      onChange={(event) => {
        const address = new URL(location.href);
        address.searchParams.set('case', event.currentTarget.value);
        address.hash = '';
        location.assign(address);
      }}
    >
      {cases.cases.map(({ id, label, fromMs, verdict }) => (
        <option key={id} value={id}>
          {[label, fromMs === undefined ? undefined : new Date(fromMs).toLocaleString(), verdict, id]
            .filter((part) => part !== undefined)
            .join(' · ')}
        </option>
      ))}
    </select>
  );
}
