// Growth that no other rule explains: the line is known, who keeps the memory is not. An honest last word.
import { callerSites } from '../container-story.ts';
import { candidates, type Rule } from '../rule.ts';
import { distinctSites, placeName, siteOf } from '../sites.ts';

export const unknownRetention: Rule = {
  id: 'unknown-retention',
  title: 'Memory that is kept, by whom is not known',
  type: 'leak',
  needs: ['heap'],
  about: {
    what: 'Memory allocated at this line keeps growing after each garbage collection; what holds it is not visible in profiles.',
    why: 'A heap profile knows who allocated, not who refers to it.',
    fix: 'Look where the value goes from here: a map, slice, channel, closure or goroutine that outlives the call. Give leakline the source (--source) to have it followed.',
    falsePositives: 'Caches that are still filling, and data that follows the load. Watch longer.',
    sources: ['https://go.dev/doc/gc-guide'],
  },
  evaluate({ heapSuspects, source }) {
    const found = heapSuspects.map((suspect) => {
      const frame = suspect.site.blamed;
      const keep = suspect.keeps[0];
      return {
        kind: 'go-heap' as const,
        heapKeys: [suspect.key],
        goroutineKeys: [],
        pattern: 'shape' as const,
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
        ],
        specificity: 0,
      };
    });
    return candidates(found, heapSuspects.length, 'no memory grows');
  },
};
