// Growth that no other rule explains: the line is known, who keeps the memory is not. An honest last word.
import type { GrowthEstimate } from '../../model/growth.ts';
import type { GrowingHolder } from '../../model/heap-facts.ts';
import { isBrief } from '../brief-watch.ts';
import { callerSites } from '../container-story.ts';
import { type Candidate, candidates, type Outcome, type Rule, type RuleInput } from '../rule.ts';
import { distinctSites, placeName, siteOf } from '../sites.ts';
import { leastPoints, type TracedGrowth, tracedBy, tracedGrowth, tracedHeap } from '../traced-heap.ts';

export const unknownRetention: Rule = {
  id: 'unknown-retention',
  title: 'Memory that is kept, by whom is not known',
  type: 'leak',
  // Without a heap profile a GC trace may say that the heap grows, though not where.
  needs: [],
  about: {
    what: 'Memory allocated at this line keeps growing after each garbage collection; what holds it is not visible in profiles.',
    why: 'A heap profile knows who allocated, not who refers to it.',
    fix: 'Look where the value goes from here: a map, slice, channel, closure or goroutine that outlives the call. Give leakline the source (--source) to have it followed.',
    falsePositives: 'Caches that are still filling, and data that follows the load. Watch longer.',
    sources: ['https://go.dev/doc/gc-guide'],
  },
  evaluate(input) {
    if (input.heap.kind === 'not-captured') return ofTrace(input, input.heap.why);
    const { heapSuspects, source } = input;
    const brief = isBrief(input.window);
    const found = heapSuspects.map((suspect) => {
      const frame = suspect.site.blamed;
      const keep = suspect.keeps[0];
      return {
        kind: 'go-heap' as const,
        heapKeys: [suspect.key],
        goroutineKeys: [],
        pattern: brief ? ('brief' as const) : ('shape' as const),
        permanence: 'unknown' as const,
        title: `Memory allocated at ${placeName(frame)} is kept and grows`,
        site: siteOf('allocates', frame),
        sites: distinctSites([
          siteOf('allocates', frame),
          keep === undefined ? undefined : siteOf('retains', keep.site),
          ...suspect.flows.slice(0, 1).map((flow) => siteOf('allocates', flow.allocation)),
          ...callerSites([suspect]),
        ]),
        evidence: [
          {
            kind: 'missing' as const,
            supports: true,
            what: 'who holds the memory is not known',
            wouldSettle:
              source.files.length === 0
                ? 'the source (--source DIR), or a heap walk of the process'
                : 'a heap walk of the process',
          },
          ...(brief
            ? [
                {
                  kind: 'missing' as const,
                  supports: true,
                  what: 'so briefly watched, a log that is compacted or a buffer that is flushed looks the same',
                  wouldSettle: 'watch longer: --for 3m',
                },
              ]
            : []),
        ],
        specificity: 0,
      };
    });
    return candidates(found, heapSuspects.length, 'no memory grows');
  },
};

function ofTrace({ memory, walk, window }: RuleInput, why: string): Outcome {
  const heap = tracedHeap(memory);
  const whatWouldSettleIt = 'a heap profile (/debug/pprof/heap)';
  if (heap === undefined) return { kind: 'inconclusive', why, whatWouldSettleIt };
  if (heap.captures < leastPoints(walk))
    return { kind: 'inconclusive', why: `only ${heap.captures} garbage collections were traced`, whatWouldSettleIt };
  const growth = tracedGrowth({ memory, walk });
  return candidates(
    growth === undefined
      ? []
      : [placeless(growth, walk.kind === 'captured' ? walk.value.growing : undefined, isBrief(window))],
    1,
    `the live heap is ${heap.shape} by ${tracedBy(walk)}`,
  );
}

function placeless({ of, bytes }: TracedGrowth, held: GrowingHolder | undefined, brief: boolean): Candidate {
  const isHeap = of === 'heap';
  if (isHeap && held !== undefined) return heldWithoutPlace(bytes, held, brief);
  return {
    kind: isHeap ? 'go-heap' : 'goroutine',
    heapKeys: [],
    goroutineKeys: [],
    pattern: brief ? 'brief' : 'shape',
    permanence: 'unknown',
    title: isHeap
      ? 'The live heap grows; where it is allocated is not known'
      : 'Goroutine stacks grow: goroutines pile up, or recurse deeper; which ones is not known',
    site: { role: isHeap ? 'allocates' : 'blocks', function: '(not known)', file: '', line: 0 },
    sites: [],
    measured: {
      what: isHeap ? 'live heap after each collection, by the GC trace' : 'goroutine stacks, by the GC trace',
      bytes,
    },
    evidence: [
      {
        kind: 'missing',
        supports: true,
        what: 'a GC trace names no line',
        wouldSettle: isHeap
          ? 'heap profiles of the running service: leakline http://HOST:PORT, or leakline PID'
          : 'two goroutine dumps (/debug/pprof/goroutine?debug=2), minutes apart',
      },
    ],
    specificity: 0,
  };
}

/** Without a profile no line is known; the walks tell what became more, and who holds it. */
function heldWithoutPlace(bytes: GrowthEstimate, held: GrowingHolder, brief: boolean): Candidate {
  return {
    kind: 'go-heap',
    heapKeys: [],
    goroutineKeys: [],
    pattern: brief ? 'brief' : 'walk',
    permanence: 'unknown',
    title: `The live heap grows: ${held.root} holds more and more ${held.type}`,
    site: { role: 'retains', function: '(not known)', file: '', line: 0 },
    sites: [],
    holder: { root: held.root, path: held.path, retainedBytes: held.retainedBytes },
    measured: { what: 'live heap, by walks of it', bytes },
    evidence: [
      {
        kind: 'heap-walk',
        supports: true,
        what: `${held.type}: ${held.objects.before} objects in the first walk, ${held.objects.after} in the last`,
        root: held.root,
        path: held.path,
        retainedBytes: held.retainedBytes,
        sampledObjects: held.objects.after,
        share: held.share,
      },
      {
        kind: 'missing',
        supports: true,
        what: 'the program keeps no memory profile, so the line that allocates is not known',
        wouldSettle: 'import _ "net/http/pprof" or runtime/pprof in the program: then its allocations are sampled',
      },
    ],
    specificity: 0,
  };
}
