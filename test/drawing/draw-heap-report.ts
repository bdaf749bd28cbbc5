// The report of a drawn heap, as `leakline heap` would make it.
import type { HeapWalk } from '../../src/model/heap-graph.ts';
import type { HeapProofs } from '../../src/model/heap-proofs.ts';
import { composeHeapReport } from '../../src/report/compose-heap-report.ts';
import type { HeapReport } from '../../src/report/heap-report.ts';
import { allocationSitesOf } from '../../src/retention/allocation-sites.ts';
import { containersOf } from '../../src/retention/containers-of.ts';
import { diffContainers } from '../../src/retention/diff-containers.ts';
import { diffWalks } from '../../src/retention/diff-walks.ts';
import { explainSubject } from '../../src/retention/explain-subject.ts';
import { findSubject } from '../../src/retention/find-subject.ts';
import { goroutineHoldingsOf } from '../../src/retention/goroutine-holdings.ts';
import { heapWasteOf } from '../../src/retention/heap-waste.ts';
import { measureRetention } from '../../src/retention/measure-retention.ts';
import { drawnProofs, drawWalk } from './draw-heap.ts';

export function drawHeapReport(
  text: string,
  more: {
    readonly walk?: Partial<HeapWalk>;
    readonly why?: string;
    readonly before?: string;
    readonly proofs?: Partial<HeapProofs>;
  } = {},
): HeapReport {
  const walk = drawWalk(text, more.walk);
  const retention = measureRetention(walk.graph);
  const proofs = drawnProofs(more.proofs);
  const subject = more.why === undefined ? undefined : findSubject(walk, retention, more.why);
  const before = more.before === undefined ? undefined : drawWalk(more.before, { takenAtMs: walk.takenAtMs - 20_000 });
  const containers = containersOf(walk, retention);
  const was = before === undefined ? undefined : { walk: before, retention: measureRetention(before.graph) };
  return composeHeapReport({
    toolVersion: '0.0.0',
    target: { label: 'svc', pid: 4242 },
    walk,
    retention,
    goroutines: goroutineHoldingsOf(walk, retention, proofs),
    proofs,
    containers,
    waste: heapWasteOf(walk),
    sites: allocationSitesOf(walk, retention.types),
    ...(subject === undefined
      ? {}
      : {
          why: {
            question: more.why!,
            subject,
            explanation: subject.kind === 'groups' ? undefined : explainSubject(walk, retention, subject, 3),
          },
        }),
    ...(was === undefined
      ? {}
      : {
          diff: diffWalks(was, { walk, retention }),
          containerGrowth: diffContainers(containersOf(was.walk, was.retention), containers, 20),
        }),
  });
}
