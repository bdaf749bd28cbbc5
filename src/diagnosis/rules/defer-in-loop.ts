// defer in a loop that does not end (go101, "deferring function calls"): each call waits for the function to return.
//
//   for msg := range in { f := open(msg); defer f.Close() }
import type { DeferChain } from '../../model/heap-proofs.ts';
import { callerSites, sourceEvidence } from '../container-story.ts';
import type { Evidence } from '../finding.ts';
import { type Candidate, candidates, type Rule } from '../rule.ts';
import { distinctSites, placeName, siteOf } from '../sites.ts';

/** No function defers so many calls but in a loop. */
const leastDeferred = 100;

const chainEvidence = ({ count, deferredFunction, goroutine }: DeferChain): Evidence => ({
  kind: 'runtime-proof',
  supports: true,
  what: `goroutine ${goroutine} has deferred ${deferredFunction} again and again and run none of it`,
  count,
});

export const deferInLoop: Rule = {
  id: 'defer-in-loop',
  title: 'defer in a loop',
  type: 'leak',
  needs: ['heap'],
  about: {
    what: 'A long-running loop defers a call each time round.',
    why: 'Deferred calls, and all that they capture, are kept until the function returns, not until the end of the iteration.',
    fix: 'Put the body of the loop into a function of its own, so that its defers run each time; or call the clean-up directly.',
    falsePositives: 'A short loop that ends soon releases everything at its return.',
    sources: ['https://go101.org/article/memory-leaking.html'],
  },
  evaluate({ heapSuspects, source, walk }) {
    const chains = walk.kind === 'captured' ? walk.value.deferChains : [];
    const found: Candidate[] = [];
    for (const suspect of heapSuspects) {
      const keep = suspect.keeps.find((candidate) => candidate.kind === 'defer-closure' && candidate.inLoop);
      const around = suspect.userFrames.slice(0, 3).map((frame) => ({ frame, facts: source.functionAround(frame) }));
      // Without a keeper the growth must stand on the defer line itself, or be passed to a loop of defers in its caller.
      const here = around.find(({ frame, facts }) =>
        facts?.defersInLoops.some((site) => Math.abs(site.line - frame.line) <= 1),
      );
      const site =
        keep?.site ??
        here?.facts?.defersInLoops.find((candidate) => Math.abs(candidate.line - here.frame.line) <= 1) ??
        undefined;
      if (site === undefined) continue;
      const chain = chains.find(({ at, count }) => count >= leastDeferred && at?.functionName === site.functionName);
      const endless = around.some(({ facts }) => (facts?.endlessLoops.length ?? 0) > 0);
      found.push({
        kind: 'go-heap',
        heapKeys: [suspect.key],
        goroutineKeys: [],
        pattern: chain !== undefined ? 'proof' : here === undefined ? 'source' : 'both',
        permanence: endless ? 'permanent' : 'temporary',
        title: `Deferred calls pile up in the loop at ${placeName(site)}`,
        site: siteOf('defers', site),
        sites: distinctSites([
          siteOf('defers', site),
          siteOf('allocates', suspect.site.blamed),
          ...suspect.flows.slice(0, 1).map((flow) => siteOf('allocates', flow.allocation)),
          ...callerSites([suspect]),
        ]),
        holder: { root: `goroutine in ${site.functionName}`, path: ['defer chain'], retainedBytes: undefined },
        evidence: [
          sourceEvidence('deferred inside a loop', site),
          ...(chain === undefined ? [] : [chainEvidence(chain)]),
        ],
        specificity: 5,
      });
    }
    return candidates(found, heapSuspects.length, 'no growing memory is held by deferred calls');
  },
};
