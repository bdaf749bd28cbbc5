// Joins candidates with the heap walk: who holds the memory becomes a fact instead of a reading, and a cause that the heap
// contradicts is doubted.
import type { HeapFacts } from '../model/heap-facts.ts';
import type { RuledCandidate } from './arbitrate.ts';
import { countEvidence, countedOf, courseOf } from './container-counts.ts';
import { cutEvidence } from './cut-arrays.ts';
import type { Evidence } from './finding.ts';
import { lostEvidence } from './lost-elements.ts';
import { poolEvidence } from './pooled-buffers.ts';
import type { PatternStrength } from './rule.ts';
import type { HeapSuspect } from './suspects.ts';
import { proofEvidence, proves } from './walk-proofs.ts';
import { agrees, containerOf, forsakenEvidence, heldOf, holderBy, walkEvidence } from './walk-story.ts';

/** Less than this of the sampled objects held in one way is no answer. */
const leastShare = 0.5;
/** With less of them in one container, the rest may be what grows. */
const leastShareToDeny = 0.75;

export function joinWalk(
  found: readonly RuledCandidate[],
  facts: HeapFacts | undefined,
  suspects: readonly HeapSuspect[],
): readonly RuledCandidate[] {
  if (facts === undefined || facts.failedChecks.length > 0) return found;
  const byKey = new Map(suspects.map((suspect) => [suspect.key, suspect]));
  return found.map(({ rule, candidate }) => {
    if (candidate.kind !== 'go-heap') return { rule, candidate };
    const suspect = candidate.heapKeys.flatMap((key) => byKey.get(key) ?? [])[0];
    const held = suspect === undefined ? undefined : heldOf(facts, suspect);
    if (held === undefined || held.share < leastShare) return { rule, candidate };
    const container = containerOf(held);
    const agreement = agrees(rule.id, held, container);
    const counted = countedOf(held, container);
    const blames = agreement === true || rule.id === 'unknown-retention';
    const course =
      counted === undefined || suspect === undefined || !blames
        ? 'unknown'
        : courseOf(counted, suspect.site.bytes.perSecond);
    const input = { rule: rule.id, candidate, held, facts, spanMs: suspect?.site.bytes.spanMs ?? 0 };
    const isStill = course === 'still' && held.share >= leastShareToDeny;
    return {
      rule,
      candidate: {
        ...candidate,
        pattern: proves(input)
          ? 'proof'
          : isStill
            ? denied(candidate.pattern)
            : agreement === true
              ? confirmed(candidate.pattern)
              : candidate.pattern,
        holder: holderBy(held, container),
        evidence: [
          ...candidate.evidence.filter((item) => !asksForWalk(item)),
          walkEvidence(held, container, agreement !== false),
          ...(counted === undefined || (course === 'still' && !isStill) ? [] : countEvidence(counted, course)),
          ...cutEvidence(rule.id, held, candidate),
          ...lostEvidence(rule.id, held),
          ...forsakenEvidence(rule.id, held),
          ...poolEvidence(rule.id, held),
          ...proofEvidence(input),
        ],
      },
    };
  });
}

/** The source says it and the heap shows it. */
function confirmed(pattern: PatternStrength): PatternStrength {
  return pattern === 'source' || pattern === 'stack' ? 'both' : pattern;
}

/** What is blamed for growth did not grow: what is left is the way in which something grows. */
const denied = (pattern: PatternStrength): PatternStrength => (pattern === 'brief' ? 'brief' : 'shape');

const asksForWalk = (item: Evidence): boolean => item.kind === 'missing' && /heap walk/.test(item.wouldSettle);
