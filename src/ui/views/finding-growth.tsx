// How fast, and how sure that is: the series behind the finding, with the cone of its interval.
import { useMemo } from 'preact/hooks';
import { coneAfter, lineChart } from '../chart/line-chart.ts';
import { TimeChart } from '../chart/time-chart.tsx';
import { Spark } from '../parts/spark.tsx';
import { colours } from '../theme.ts';
import { useApp } from '../use-app.ts';
import { type Evidence, evidenceNumbers, type Finding } from '../words.ts';

export function FindingGrowth({ finding }: { readonly finding: Finding }) {
  const all = finding.evidence.filter((one) => one.kind === 'growth');
  return (
    <section class="panel" aria-label="Growth">
      <h2>How it grows</h2>
      {all.length === 0 ? <p class="faint">No series is behind this finding: it was proven otherwise.</p> : undefined}
      {all.slice(0, 3).map((one) => (
        <One key={one.what} growth={one} />
      ))}
    </section>
  );
}

function One({ growth }: { readonly growth: Evidence & { readonly kind: 'growth' } }) {
  const { theme } = useApp();
  const spec = useMemo(
    () =>
      lineChart(
        [{ label: growth.what, colour: colours[theme].grows, points: growth }],
        growth.unit === 'bytes' ? 'bytes' : 'count',
        [],
        coneAfter(growth, growth),
      ),
    [growth, theme],
  );
  return (
    <figure>
      <figcaption>{growth.what}</figcaption>
      {growth.atMs.length < 2 ? (
        // Some traces say how much, not when.
        <Spark values={growth.values} label={growth.what} width={360} height={60} />
      ) : (
        <TimeChart spec={spec} height={170} label={`${growth.what} over time`} />
      )}
      <p class="faint">{evidenceNumbers(growth)}</p>
    </figure>
  );
}
