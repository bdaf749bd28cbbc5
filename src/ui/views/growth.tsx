// Growth between any two moments: a time line to choose them, the flame graph, and the table of functions. All that is
// chosen stands in the URL.
import type { Part } from '../../api/part.ts';
import { apiPaths } from '../../api/paths.ts';
import type { Report } from '../../report/report.ts';
import type { StackSeries } from '../../report/stack-series.ts';
import { GrowthPicture } from '../growth/growth-picture.tsx';
import { readGrowthState } from '../growth/growth-state.ts';
import { Captured, Whole } from '../parts/states.tsx';
import { useAnswer } from '../use-answer.ts';
import { useApp } from '../use-app.ts';

export function GrowthView() {
  const { route } = useApp();
  const { fromMs, toMs } = readGrowthState(route.query);
  const answer = useAnswer<Part<StackSeries>>(apiPaths.stacks, { from: fromMs, to: toMs });
  const report = useAnswer<Report>(apiPaths.report);
  const findings = report.state === 'ready' ? report.value.findings : [];
  return (
    <Whole answer={answer} what="stacks">
      {(part) => (
        <Captured part={part} what="Growth by call stack">
          {(series) => <GrowthPicture series={series} findings={findings} />}
        </Captured>
      )}
    </Whole>
  );
}
