// The goroutines behind the finding, when it is about them.
import type { GoroutineRow, GoroutinesAnswer } from '../../api/goroutines.ts';
import { apiPaths } from '../../api/paths.ts';
import { GoroutineFacts } from '../parts/goroutine-facts.tsx';
import { NotCaptured, Whole } from '../parts/states.tsx';
import { formatRoute } from '../route.ts';
import { useAnswer } from '../use-answer.ts';
import type { Finding } from '../words.ts';

export function FindingGroup({ finding }: { readonly finding: Finding }) {
  const wanted = finding.kind === 'goroutine';
  const answer = useAnswer<GoroutinesAnswer>(wanted ? apiPaths.goroutines : undefined, { count: 200 });
  if (!wanted) return;
  return (
    <section class="panel" aria-label="Goroutines">
      <h2>The goroutines</h2>
      <Whole answer={answer} what="the goroutines">
        {({ groups }) => {
          if (groups.kind !== 'captured') return <NotCaptured what="Goroutines" why={groups.why} how={groups.how} />;
          const rows = groups.value.rows.filter((row) => row.finding === finding.id);
          return rows.length === 0 ? (
            <p class="faint">No group of the last capture is at the places of this finding.</p>
          ) : (
            rows.map((row) => <Group key={row.key} row={row} />)
          );
        }}
      </Whole>
    </section>
  );
}

function Group({ row }: { readonly row: GoroutineRow }) {
  return (
    <>
      <GoroutineFacts row={row} />
      <p>
        <a href={formatRoute({ view: 'goroutines', item: row.key, query: {} })}>In the list of all goroutines</a>
      </p>
    </>
  );
}
