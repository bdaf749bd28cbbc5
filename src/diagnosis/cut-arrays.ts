// Arrays of which nothing alive sees more than a part: when that is a leak and no room for more, and how it is told.
import type { HeldObjects } from '../model/heap-facts.ts';
import type { Evidence } from './finding.ts';
import type { Candidate } from './rule.ts';

/** Fewer may be buffers that are just being filled. */
const leastTinyParts = 5;

/**
 * What lies beyond the capacity of every slice is out of reach. What lies within it could be room that is filled later; it is
 * not where each slice shows a tiny part (append at least doubles, so what it grew is half full) that the source cuts from
 * a filled array, and nothing in the source makes it longer again.
 */
export function provesCut(
  rule: string,
  { cut }: HeldObjects,
  { staysCut, pattern }: Pick<Candidate, 'staysCut' | 'pattern'>,
): boolean {
  if (cut === undefined || cut.kind !== rule) return false;
  // Numbers alone say that slices lead there: the source has to say the same.
  if (cut.byNumbers > 0 && (pattern !== 'source' || cut.objects < leastTinyParts)) return false;
  if (!cut.withinCapacity) return true;
  return staysCut === true && cut.tinyParts === cut.objects && cut.objects >= leastTinyParts;
}

/** Of causes that are about a cut: what the heap says of it. */
export function cutEvidence(
  rule: string,
  held: HeldObjects,
  candidate: Pick<Candidate, 'staysCut'>,
): readonly Evidence[] {
  const { cut } = held;
  if (cut === undefined || cut.kind !== rule) return [];
  const each = (bytes: number): string => `${Math.round(bytes / cut.objects)} bytes`;
  const rest = !cut.withinCapacity
    ? ''
    : candidate.staysCut === true
      ? ' (the rest lies within their capacity, and nothing in the source uses it again)'
      : ' (the rest lies within their capacity)';
  return [
    {
      kind: 'runtime-proof',
      supports: true,
      what: `of ${each(cut.heldBytes)} that each sampled object holds, live ${rule === 'substring' ? 'strings' : 'slices'} see ${each(cut.visibleBytes)}${rest}`,
      count: cut.objects,
    },
  ];
}
