// A queue without a limit whose consumer is slower than its producer:
//
//   func submit(j *Job) { mu.Lock(); queue = append(queue, j); mu.Unlock() }
//   func worker()       { for { …; queue = queue[1:]; …; time.Sleep(10 * time.Millisecond) } }
//
// Temporary by nature: it drains when producers stop, and grows for ever while they do not.
import { containerEvidence, containerStories, holderOf, storySites } from '../container-story.ts';
import { type Candidate, candidates, type Rule } from '../rule.ts';
import { siteOf } from '../sites.ts';
import { walkedCandidates } from '../walked-candidates.ts';
import { takesOut } from './unbounded-slice.ts';

export const unboundedQueue: Rule = {
  id: 'unbounded-queue',
  title: 'Queue that fills faster than it drains',
  type: 'leak',
  needs: ['heap'],
  about: {
    what: 'Work is put into a queue without a limit faster than a consumer takes it out.',
    why: 'The backlog stays in memory. It drains when producers pause, and ends in an OOM kill when they do not.',
    fix: 'Bound the queue and block, drop or reject when it is full; add consumers; or make the consumer faster.',
    falsePositives: 'A burst that drains later. Watch for longer than a burst lasts.',
    sources: ['https://en.wikipedia.org/wiki/Little%27s_law'],
  },
  evaluate(input) {
    const { heapSuspects } = input;
    const stories = containerStories(
      heapSuspects,
      (keep) =>
        keep.kind === 'channel-send' ||
        ((keep.kind === 'append' || keep.kind === 'list-push') &&
          keep.removals.some((removal) => takesOut(removal.kind))),
    );
    const found = stories.map(
      (story): Candidate => ({
        kind: 'go-heap',
        heapKeys: story.suspects.map((suspect) => suspect.key),
        goroutineKeys: [],
        pattern: 'source',
        permanence: 'temporary',
        title: `Queue ${story.keep.container?.name ?? 'here'} fills faster than it drains`,
        site: siteOf('retains', story.keep.site),
        sites: [
          ...storySites(story),
          ...story.keep.removals.slice(0, 1).map((removal) => siteOf('retains', removal.site)),
        ],
        holder: holderOf(story.keep),
        evidence: containerEvidence(story.keep),
        specificity: 2,
      }),
    );
    const walked = walkedCandidates(
      input,
      {
        kinds: ['chan'],
        permanence: 'temporary',
        specificity: 2,
        title: ({ name }) => `Queue ${name} fills faster than it drains`,
      },
      found,
    );
    return candidates([...found, ...walked], heapSuspects.length, 'no growing memory waits in a queue');
  },
};
