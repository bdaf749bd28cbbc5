// A sync.Pool that is fed with buffers of any size ends up holding the largest:
//
//   buf := pool.Get().(*bytes.Buffer); …; buf.Reset(); pool.Put(buf)      // one 10 MB answer, kept for small ones
import { containerEvidence, containerStories, holderOf, keepIs, storySites } from '../container-story.ts';
import { madeByNew } from '../pooled-buffers.ts';
import { type Candidate, candidates, type Rule } from '../rule.ts';
import { siteOf } from '../sites.ts';
import { walkedCandidates } from '../walked-candidates.ts';

const title = (name: string): string => `Pool ${name} keeps buffers that have grown`;

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
  evaluate(input) {
    // What New makes has the size that the program chose, however small its use.
    const heapSuspects = input.heapSuspects.filter(({ stacks }) => !stacks.some(madeByNew));
    const stories = containerStories(
      heapSuspects,
      (keep, suspect) => keepIs('pool-put')(keep) && suspect.keeps.length === 1,
    );
    const found = stories.map(
      (story): Candidate => ({
        kind: 'go-heap',
        heapKeys: story.suspects.map((suspect) => suspect.key),
        goroutineKeys: [],
        pattern: 'source',
        permanence: 'temporary',
        title: title(story.keep.container?.name ?? 'here'),
        site: siteOf('retains', story.keep.site),
        sites: storySites(story),
        holder: holderOf(story.keep),
        evidence: containerEvidence(story.keep),
        specificity: 3,
      }),
    );
    const walked = walkedCandidates(
      { ...input, heapSuspects },
      { kinds: 'oversized-in-pool', permanence: 'temporary', specificity: 5, title: () => title('here') },
      found,
    );
    return candidates([...found, ...walked], heapSuspects.length, 'no growing memory goes back to a sync.Pool');
  },
};
