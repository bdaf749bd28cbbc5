// Causes that only the heap walk shows: growth whose keeper could not be read from the source, and whose objects hang in a
// container, a chain or a registry all the same.

import type { HeldObjects } from '../model/heap-facts.ts';
import { isBrief } from './brief-watch.ts';
import { callerSites, sourceEvidence } from './container-story.ts';
import type { Permanence } from './finding.ts';
import { growsLost, losesElements } from './lost-elements.ts';
import { poolsOversized } from './pooled-buffers.ts';
import type { Candidate, RuleInput } from './rule.ts';
import { distinctSites, siteOf } from './sites.ts';
import type { HeapSuspect } from './suspects.ts';
import { holdsUntilFar, pendingFunction } from './walk-proofs.ts';
import { type ContainerKind, containerOf, type HeldContainer, heldOf } from './walk-story.ts';
import { walkedCuts } from './walked-cuts.ts';

export interface WalkedCause {
  readonly kinds:
    | readonly ContainerKind[]
    | 'cut-substring'
    | 'cut-subslice'
    | 'cut-lost-slice-elements'
    | 'pending-functions'
    | 'oversized-in-pool';
  readonly permanence: Permanence;
  readonly specificity: number;
  title(container: HeldContainer, suspect: HeapSuspect): string;
}

function fits(kinds: WalkedCause['kinds'], held: HeldObjects, { kind }: HeldContainer, spanMs: number): boolean {
  if (typeof kinds !== 'string') return kinds.includes(kind);
  if (kinds === 'pending-functions') return holdsUntilFar(held.timers, pendingFunction, spanMs);
  if (kinds === 'oversized-in-pool') return poolsOversized(held);
  if (kinds === 'cut-lost-slice-elements') return losesElements(held, false) || growsLost(held);
  return kinds === `cut-${held.cut?.kind}` && held.cut?.withinCapacity === false && held.cut.byNumbers === 0;
}

/** Of suspects that `told` does not hold: those are explained already. */
export function walkedCandidates(
  input: RuleInput,
  cause: WalkedCause,
  told: readonly Candidate[] = [],
): readonly Candidate[] {
  const { walk } = input;
  if (walk.kind === 'not-captured' || walk.value.failedChecks.length > 0) return [];
  const known = new Set(told.flatMap((candidate) => candidate.heapKeys));
  const byContainer = new Map<string, { container: HeldContainer; held: HeldObjects; suspects: HeapSuspect[] }>();
  for (const suspect of input.heapSuspects) {
    if (known.has(suspect.key)) continue;
    const held = heldOf(walk.value, suspect);
    const container = held === undefined ? undefined : containerOf(held);
    if (held === undefined || container === undefined || !fits(cause.kinds, held, container, input.window.spanMs))
      continue;
    const key = `${held.root} ${container.name}`;
    const story = byContainer.get(key);
    if (story === undefined) byContainer.set(key, { container, held, suspects: [suspect] });
    else story.suspects.push(suspect);
  }
  return [...byContainer.values()].map(({ container, held, suspects }): Candidate => {
    const first = suspects[0]!; // a story begins with one
    const { blamed } = first.site;
    const isCut = typeof cause.kinds === 'string' && cause.kinds.startsWith('cut-');
    const cuts = isCut ? walkedCuts(held, input.source) : [];
    const unread = input.source.functionAround(blamed) === undefined;
    return {
      kind: 'go-heap',
      heapKeys: suspects.map((suspect) => suspect.key),
      goroutineKeys: [],
      pattern: isBrief(input.window) && unread ? 'brief' : 'walk',
      permanence: cause.permanence,
      title: cause.title(container, first),
      site: cuts.length === 1 ? siteOf('retains', cuts[0]!) : siteOf('allocates', blamed),
      sites: distinctSites([
        ...cuts.map((site) => siteOf('retains', site)),
        ...suspects.map((suspect) => siteOf('allocates', suspect.site.blamed)),
        ...callerSites(suspects),
        ...first.keeps.slice(0, 1).map((keep) => siteOf('retains', keep.site)),
      ]),
      evidence: cuts.map((site) => sourceEvidence('it is cut on its way there', site)),
      specificity: cause.specificity,
    };
  });
}
