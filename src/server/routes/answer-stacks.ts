// `api/stacks?from=MS&to=MS`: what each call stack held at two moments; without times, at the first and the last.
import type { Part } from '../../api/part.ts';
import { composeStackSeries } from '../../report/compose-stack-series.ts';
import type { StackSeries } from '../../report/stack-series.ts';
import type { Query } from '../query.ts';
import type { Served } from '../served.ts';

/** A picture shows some thousand frames; this many are there to zoom into. */
const mostStacks = 20_000;

export const noStacks: Part<never> = {
  kind: 'not-captured',
  why: 'no heap profile was captured',
  how: 'serve /debug/pprof, or let leakline read the memory of the process: sudo leakline ui PID',
};

export async function answerStacks(served: Served, query: Query): Promise<Part<StackSeries>> {
  const { heap, ownership } = (await served.analysed()).analysis;
  if (heap === undefined) return noStacks;
  const fromMs = query.number('from') ?? heap.atMs[0]!;
  const toMs = query.number('to') ?? heap.atMs.at(-1)!;
  return {
    kind: 'captured',
    value: composeStackSeries(heap, { momentsMs: [fromMs, toMs], mostMoments: 2, mostStacks, ownership }),
  };
}
