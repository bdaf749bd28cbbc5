// One finalizer that blocks stops all others: the runtime runs them on a single goroutine (cleanups too before Go 1.25).
//
//   runtime.SetFinalizer(conn, func(c *Conn) { results <- c.id })      // nobody receives
import { callerSites } from '../container-story.ts';
import { candidates, type Rule } from '../rule.ts';
import { distinctSites, placeName, siteOf } from '../sites.ts';
import { indexOfFunction } from '../stack-patterns.ts';

const finalizerGoroutine = /^runtime\.(runfinq|runFinalizers|runCleanups|\(\*cleanupQueue\)\.|\(\*queue\))/;

export const finalizerBlocked: Rule = {
  id: 'finalizer-blocked',
  title: 'The finalizer goroutine is blocked',
  type: 'leak',
  needs: ['goroutines'],
  about: {
    what: 'A finalizer (or cleanup) blocks, and with it every finalizer that waits behind it.',
    why: 'The runtime runs finalizers one after the other on one goroutine; objects that wait for theirs are not freed: files, connections and everything else with a finalizer.',
    fix: 'Never block in a finalizer: start a goroutine from it, or use a buffered hand-over that may drop.',
    falsePositives:
      'A slow finalizer that does go on is seen in different places, or not at all, from one capture to the next.',
    sources: ['https://pkg.go.dev/runtime#SetFinalizer', 'https://go101.org/article/memory-leaking.html'],
  },
  evaluate({ goroutineGroups, heapSuspects, window }) {
    const stuck = goroutineGroups.filter((suspect) => {
      const stack = suspect.group.exampleStack;
      const runner = indexOfFunction(stack, finalizerGoroutine);
      if (runner <= 0 || suspect.group.userFrame === undefined) return false;
      // The same place in every capture: it does not go on.
      return (
        suspect.group.countSeries.length >= Math.min(3, window.captures) &&
        suspect.group.countSeries.every((n) => n >= 1)
      );
    });
    const found = stuck.flatMap((suspect) => {
      const frame = suspect.group.userFrame;
      if (frame === undefined) return [];
      const waiting = heapSuspects.filter((heap) => heap.keeps.every((keep) => keep.kind === 'finalizer'));
      const held = waiting.length > 0 ? waiting : heapSuspects;
      return [
        {
          kind: 'go-heap' as const,
          heapKeys: held.map((heap) => heap.key),
          goroutineKeys: [suspect.key],
          pattern: 'both' as const,
          permanence: 'permanent' as const,
          title: `The finalizer goroutine is stuck at ${placeName(frame)}; nothing with a finalizer is freed any more`,
          site: siteOf('blocks', frame),
          sites: distinctSites([
            siteOf('blocks', frame),
            ...held.flatMap((heap) => heap.keeps.map((keep) => siteOf('registers', keep.site))),
            ...held.slice(0, 3).map((heap) => siteOf('allocates', heap.site.blamed)),
            ...callerSites(held),
          ]),
          holder: { root: 'finalizer queue', path: ['objects whose finalizer has not run'], retainedBytes: undefined },
          evidence: [
            {
              kind: 'stack' as const,
              supports: true,
              what: `the finalizer goroutine stands in the same place in all ${suspect.group.countSeries.length} captures (${suspect.group.state})`,
              frames: suspect.stack.map((f) => ({ function: f.functionName, file: f.file, line: f.line })),
            },
          ],
          unanswered: suspect.blocking?.unanswered === true,
          specificity: 6,
        },
      ];
    });
    // A stuck finalizer goroutine without growth is worth a word only when something grows behind it.
    return candidates(
      found.filter((candidate) => candidate.heapKeys.length > 0),
      goroutineGroups.length,
      stuck.length > 0
        ? 'the finalizer goroutine waits in a finalizer, but no memory grows'
        : 'the finalizer goroutine is not stuck',
    );
  },
};
