// What is looked at, and what was concluded, in the head of each page.
import { apiPaths } from '../api/paths.ts';
import { formatDuration } from '../base/format-duration.ts';
import type { Report } from '../report/report.ts';
import { useAnswer } from './use-answer.ts';

export function TargetLine() {
  const answer = useAnswer<Report>(apiPaths.report);
  if (answer.state !== 'ready') return <span class="target" />;
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
      <strong title={target.exe}>{target.label}</strong>
      <span class="faint">{facts.join(' · ')}</span>
    </span>
  );
}
