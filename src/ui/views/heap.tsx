// The last heap walk: who holds what as a treemap and a tree, its types, ways from roots, and what changed between two walks.
import type { Part } from '../../api/part.ts';
import { apiPaths } from '../../api/paths.ts';
import { formatBytes } from '../../base/format-bytes.ts';
import { formatCount } from '../../base/format-count.ts';
import type { HeapReport } from '../../report/heap-report.ts';
import { HeapChanges } from '../heap/heap-changes.tsx';
import { HeapPaths } from '../heap/heap-paths.tsx';
import { type HeapPart, readHeapState } from '../heap/heap-state.ts';
import { HeapTypes } from '../heap/heap-types.tsx';
import { HolderTree } from '../heap/holder-tree.tsx';
import { Choice } from '../parts/choice.tsx';
import { Captured, Whole } from '../parts/states.tsx';
import { useAnswer } from '../use-answer.ts';
import { useApp } from '../use-app.ts';

export function HeapView() {
  const answer = useAnswer<Part<HeapReport>>(apiPaths.heap);
  return (
    <Whole answer={answer} what="the heap walk">
      {(part) => (
        <Captured part={part} what="Who holds the heap">
          {(report) => <Heap report={report} />}
        </Captured>
      )}
    </Whole>
  );
}

function Heap({ report }: { readonly report: HeapReport }) {
  const { route, go } = useApp();
  const state = readHeapState(route.item, route.query);
  const failed = report.selfChecks.filter(({ ok }) => !ok);
  const options: { readonly id: HeapPart; readonly title: string; readonly about?: string }[] = [
    { id: 'holders', title: 'Who holds it' },
    { id: 'types', title: 'Types' },
    { id: 'paths', title: 'Ways from roots' },
    ...(report.diff === undefined ? [] : [{ id: 'changes' as const, title: 'What changed' }]),
  ];
  return (
    <>
      <section class="panel">
        <h1>Heap</h1>
        <p class="lead">{report.summary}</p>
        <p class="faint">
          {formatBytes(report.bytes.reachable)} in {formatCount(report.objects.reachable)} reachable objects ·{' '}
          {Math.round(report.typedShare * 100)} % of the bytes have an exact type · {report.goVersion}
          {report.symbols === 'stripped' ? ', stripped' : ''} · the target stood still for {Math.round(report.pauseMs)}{' '}
          ms
          {report.method === 'dominators'
            ? ''
            : ' · memory was short: each object is counted for the holder through which it was found first'}
        </p>
        {failed.length === 0 ? undefined : (
          <div class="state failed">
            <strong>A check of this walk failed: do not rely on it.</strong>
            {failed.map(({ name, detail }) => (
              <p key={name}>
                {name}: {detail}
              </p>
            ))}
          </div>
        )}
        {report.gaps.length === 0 ? undefined : (
          <details class="faint">
            <summary>What could not be looked at</summary>
            <ul>
              {report.gaps.map((gap) => (
                <li key={gap}>{gap}</li>
              ))}
            </ul>
          </details>
        )}
      </section>
      <section class="panel">
        <div class="controls">
          <Choice
            label="Part of the heap"
            value={state.part}
            options={options}
            onChoose={(id) => go({ view: route.view, item: id, query: {} })}
          />
        </div>
        {state.part === 'holders' ? <HolderTree state={state} /> : undefined}
        {state.part === 'types' ? <HeapTypes report={report} state={state} /> : undefined}
        {state.part === 'paths' ? <HeapPaths state={state} /> : undefined}
        {state.part === 'changes' ? (
          report.diff === undefined ? (
            <p class="state missing">There is only one walk, so nothing can be compared.</p>
          ) : (
            <HeapChanges diff={report.diff} />
          )
        ) : undefined}
      </section>
    </>
  );
}
