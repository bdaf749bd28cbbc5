// An object with a finalizer that is part of a cycle is never freed (go101, "using finalizers improperly"):
//
//   a, b := &Node{}, &Node{}; a.next, b.next = b, a; runtime.SetFinalizer(a, free); runtime.SetFinalizer(b, free)
//
// A profile cannot prove it: the memory is unreachable and yet not freed. The heap walk will.
import { callerSites, sourceEvidence } from '../container-story.ts';
import type { Evidence } from '../finding.ts';
import { type Candidate, candidates, type Rule } from '../rule.ts';
import { distinctSites, placeName, siteOf } from '../sites.ts';
import { walkedCandidates } from '../walked-candidates.ts';

const needsWalk: Evidence = {
  kind: 'missing',
  supports: true,
  what: 'a profile cannot show that nothing but the object itself refers to it',
  wouldSettle: 'a heap walk of the process; or GODEBUG=checkfinalizers=1 with Go 1.25+',
};

export const finalizerCycle: Rule = {
  id: 'finalizer-cycle',
  title: 'Finalizer on a reference cycle',
  type: 'leak',
  needs: ['heap'],
  about: {
    what: 'Objects with a finalizer refer to themselves, directly, through others, or through what the finalizer captures.',
    why: 'The collector runs a finalizer only when nothing reaches the object; a cycle with a finalizer always reaches itself.',
    fix: 'Use runtime.AddCleanup (Go 1.24+) with a function that does not capture the object, break the cycle, or close explicitly.',
    falsePositives: 'Finalizers without a cycle free their objects one or two collections later.',
    sources: ['https://go101.org/article/memory-leaking.html', 'https://github.com/golang/go/issues/67535'],
  },
  evaluate(input) {
    const { heapSuspects } = input;
    const found: Candidate[] = heapSuspects.flatMap((suspect) => {
      const keep = suspect.keeps.find((candidate) => candidate.kind === 'finalizer');
      if (keep === undefined) return [];
      return [
        {
          kind: 'go-heap' as const,
          heapKeys: [suspect.key],
          goroutineKeys: [],
          pattern: 'source' as const,
          permanence: 'permanent' as const,
          title: `Objects with a finalizer set at ${placeName(keep.site)} are never freed`,
          site: siteOf('registers', keep.site),
          sites: distinctSites([
            siteOf('registers', keep.site),
            siteOf('allocates', suspect.site.blamed),
            ...suspect.flows.slice(0, 1).map((flow) => siteOf('allocates', flow.allocation)),
            ...callerSites([suspect]),
          ]),
          holder: { root: 'finalizer', path: ['special record of the object itself'], retainedBytes: undefined },
          evidence: [sourceEvidence('the finalizer is set here', keep.site), needsWalk],
          specificity: 3,
        },
      ];
    });
    found.push(
      ...walkedCandidates(
        input,
        {
          kinds: ['finalizer'],
          permanence: 'permanent',
          specificity: 3,
          title: ({ name }) => `Objects that only their own ${name.replace(/^special /, '')} leads to are never freed`,
        },
        found,
      ),
    );
    return candidates(found, heapSuspects.length, 'no growing memory has a finalizer');
  },
};
