// A walk → the facts that a later walk is compared with.
import type { FirstWalk } from '../model/first-walk.ts';
import type { HeapWalk } from '../model/heap-graph.ts';
import { containersOf } from './containers-of.ts';
import { tableOfWalk } from './diff-walks.ts';
import { measureRetention } from './measure-retention.ts';

/** What grows was small: more are kept than are shown in the end. */
const mostContainers = 1000;

/** `budgetBytes`: see `measureRetention`. */
export function reduceWalk(walk: HeapWalk, budgetBytes?: number): FirstWalk {
  const retention = measureRetention(walk.graph, budgetBytes);
  return {
    takenAtMs: walk.takenAtMs,
    pauseMs: walk.pauseMs,
    failedChecks: walk.selfChecks.flatMap(({ ok, name, detail }) => (ok ? [] : [`${name}: ${detail}`])),
    table: tableOfWalk({ walk, retention }),
    containers: containersOf(walk, retention, mostContainers),
  };
}
