// A sync.Pool that is fed with buffers of any size ends up holding the largest:
//
//   buf := pool.Get().(*bytes.Buffer); …; buf.Reset(); pool.Put(buf)      // one 10 MB answer, kept for small ones
import { containerEvidence, containerStories, holderOf, keepIs, storySites } from '../container-story.ts';
import { candidates, type Rule } from '../rule.ts';
import { siteOf } from '../sites.ts';

export const syncPoolOversized: Rule = {
  id: 'sync-pool-oversized',
  title: 'sync.Pool keeps oversized buffers',
  type: 'leak',
  needs: ['heap'],
  about: {
    what: 'Buffers that grew for a large use go back to a sync.Pool and stay alive under small uses.',
    why: 'The pool does not know sizes. In steady use the collector never sees a pooled buffer idle for two cycles, so that large ones stay.',
    fix: 'Do not put back what grew over a limit: if buf.Cap() > 64<<10 { return }; or use pools by size.',
    falsePositives: 'A burst fills the pool; without load it is empty after two collections.',
    sources: ['https://github.com/golang/go/issues/23199', 'https://github.com/golang/go/issues/27735'],
  },
  evaluate({ heapSuspects }) {
    const stories = containerStories(
      heapSuspects,
      (keep, suspect) => keepIs('pool-put')(keep) && suspect.keeps.length === 1,
    );
    return candidates(
      stories.map((story) => ({
        kind: 'go-heap',
        heapKeys: story.suspects.map((suspect) => suspect.key),
        goroutineKeys: [],
        pattern: 'source',
        permanence: 'temporary',
        title: `Pool ${story.keep.container?.name ?? 'here'} keeps buffers that have grown`,
        site: siteOf('retains', story.keep.site),
        sites: storySites(story),
        holder: holderOf(story.keep),
        evidence: containerEvidence(story.keep),
        specificity: 3,
      })),
      heapSuspects.length,
      'no growing memory goes back to a sync.Pool',
    );
  },
};
