// A chain that gets a link per use and is held by its newest link:
//
//   ctx = context.WithValue(ctx, key, v)      // in a loop: each context holds the one before
//   log = log.With("request", id)             // stored back
import { containerEvidence, containerStories, holderOf, keepIs, storySites } from '../container-story.ts';
import { type Candidate, candidates, type Rule } from '../rule.ts';
import { placeName, siteOf } from '../sites.ts';
import { walkedCandidates } from '../walked-candidates.ts';

export const linkedChain: Rule = {
  id: 'linked-chain',
  title: 'Chain that gets longer with each use',
  type: 'leak',
  needs: ['heap'],
  about: {
    what: 'A value is wrapped around the one before it again and again: contexts, loggers, middleware, errors, list nodes.',
    why: 'The newest link holds all links before it. Each use also gets slower, because look-ups walk the chain.',
    fix: 'Derive from the root each time (the request context, the base logger), or cut the list at a length.',
    falsePositives: 'A list that is walked and dropped as a whole.',
    sources: ['https://pkg.go.dev/context#WithValue'],
  },
  evaluate(input) {
    const { heapSuspects } = input;
    const stories = containerStories(heapSuspects, keepIs('linked'));
    const found = stories.map(
      (story): Candidate => ({
        kind: 'go-heap',
        heapKeys: story.suspects.map((suspect) => suspect.key),
        goroutineKeys: [],
        pattern: 'source',
        permanence: 'permanent',
        title: `The chain built at ${placeName(story.keep.site)} gets longer with each use`,
        site: siteOf('retains', story.keep.site),
        sites: storySites(story),
        holder: holderOf(story.keep),
        evidence: containerEvidence(story.keep),
        specificity: 3,
      }),
    );
    const walked = walkedCandidates(
      input,
      {
        kinds: ['chain'],
        permanence: 'permanent',
        specificity: 3,
        title: ({ name }) => `A chain of ${name} gets longer with each use`,
      },
      found,
    );
    return candidates([...found, ...walked], heapSuspects.length, 'no growing memory is linked into a chain');
  },
};
