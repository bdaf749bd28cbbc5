// The verdict, the findings as cards, and where memory goes over time.
import { apiPaths } from '../../api/paths.ts';
import type { Report } from '../../report/report.ts';
import { Whole } from '../parts/states.tsx';
import { useAnswer } from '../use-answer.ts';

export function OverviewView() {
  const answer = useAnswer<Report>(apiPaths.report);
  return (
    <Whole answer={answer} what="the report">
      {(report) => <p class="lead">{report.summary}</p>}
    </Whole>
  );
}
