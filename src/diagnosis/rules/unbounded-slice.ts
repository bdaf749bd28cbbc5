// A slice that is appended to and never cut back:
//
//   func (r *Registry) add(c *Counter) { r.all = append(r.all, c) }     // called per request, not once
import { containerEvidence, containerStories, holderOf, storySites } from '../container-story.ts';
import { type Candidate, candidates, type Rule } from '../rule.ts';
import { siteOf } from '../sites.ts';
import { walkedCandidates } from '../walked-candidates.ts';

export const unboundedSlice: Rule = {
  id: 'unbounded-slice',
  title: 'Slice that only grows',
  type: 'leak',
  needs: ['heap'],
  about: {
    what: 'Elements are appended to a long-lived slice (or list) and nothing takes them out.',
    why: 'The slice keeps each element, and what that points to, alive. Appending once per request, tick or connection turns a registry into a leak.',
    fix: 'Remove what is no longer needed, keep only the newest N (a ring), or register once instead of per use.',
    falsePositives:
      'A slice that is filled once at start, or flushed in batches larger than the time watched, looks the same until it is flushed.',
    sources: ['https://go.dev/blog/slices-intro'],
  },
  evaluate(input) {
    const { heapSuspects } = input;
    const stories = containerStories(
      heapSuspects,
      (keep) =>
        (keep.kind === 'append' || keep.kind === 'index-assign' || keep.kind === 'list-push') &&
        !keep.removals.some((removal) => takesOut(removal.kind)),
    );
    const found = stories.map(
      (story): Candidate => ({
        kind: 'go-heap',
        heapKeys: story.suspects.map((suspect) => suspect.key),
        goroutineKeys: [],
        pattern: 'source',
        permanence: 'permanent',
        title: `${story.keep.kind === 'list-push' ? 'List' : 'Slice'} ${story.keep.container?.name ?? 'here'} is appended to and never shrinks`,
        site: siteOf('retains', story.keep.site),
        sites: storySites(story),
        holder: holderOf(story.keep),
        evidence: containerEvidence(story.keep),
        specificity: 2,
      }),
    );
    const walked = walkedCandidates(
      input,
      {
        kinds: ['slice', 'list'],
        permanence: 'permanent',
        specificity: 2,
        title: ({ name }) => `Slice or list ${name} is appended to and never shrinks`,
      },
      found,
    );
    return candidates(
      [...found, ...walked],
      heapSuspects.length,
      'no growing memory ends up in a slice or list that nothing is removed from',
    );
  },
};

export function takesOut(kind: string): boolean {
  return kind === 'reslice-head' || kind === 'reslice-tail' || kind === 'delete' || kind === 'receive';
}
