// Objects that only slots keep which no live slice shows: when that is a leak and no habit, and how it is told.
import type { HeldObjects, LostFact } from '../model/heap-facts.ts';
import type { Evidence } from './finding.ts';

/** A queue leaves lost elements in its one array until that is replaced: a few arrays are the habit of a few queues. */
const leastArrays = 5;
/**
 * Slots within the capacity of a slice are overwritten when it is filled again, as each worker of a pool does with a batch of
 * its own. So there have to be more arrays than workers.
 */
const leastSpareArrays = 20;

/** `isRead`: the source shows the cut, too. Without it, types have to say that slices lead to the arrays. */
export function losesElements({ lost }: HeldObjects, isRead: boolean): boolean {
  if (lost === undefined || (lost.byNumbers > 0 && !isRead)) return false;
  return lost.arrays >= (isMostlySpare(lost) ? leastSpareArrays : leastArrays);
}

/**
 * What grows is lost, by types, and no append frees it: not in enough arrays for a proof, but nothing that a list that only
 * gets more entries would show.
 */
export const growsLost = ({ lost }: HeldObjects): boolean =>
  lost !== undefined && lost.byNumbers === 0 && !isMostlySpare(lost);

/** An append would free most of them: how many there can be is bounded by the capacity of the slices. */
export const isMostlySpare = (lost: LostFact): boolean => lost.spare > lost.objects / 2;

export function lostEvidence(rule: string, { lost }: HeldObjects): readonly Evidence[] {
  if (lost === undefined || rule !== 'lost-slice-elements') return [];
  const bound =
    lost.spare === 0
      ? 'no expression leads to them any more'
      : `${lost.spare === lost.objects ? 'they' : `${lost.spare} of them`} lie within the capacity of a slice and stay until an append overwrites their slots`;
  return [
    {
      kind: 'runtime-proof',
      supports: true,
      what: `only slots that no live slice shows keep ${lost.objects} of the sampled objects, in ${lost.arrays === 1 ? 'one array' : `${lost.arrays} arrays`}; ${bound}`,
      count: lost.objects,
    },
  ];
}
