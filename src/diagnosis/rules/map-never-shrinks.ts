// A map keeps the size of its best day: deleting entries does not give its buckets back (golang/go#20135).
// Bounded by the high-water mark, so it is not growth; a profile alone cannot tell a full map from an empty big one, but a
// walk of the heap counts entries and slots.
import { formatBytes } from '../../base/format-bytes.ts';
import { formatCount } from '../../base/format-count.ts';
import type { CountedContainer, HeapFacts } from '../../model/heap-facts.ts';
import { candidates, type Outcome, type Rule } from '../rule.ts';

/** A map site smaller than this is not worth a word. */
const bigBytes = 8 * 1024 * 1024;
/** Maps double, and fill seven slots in eight: one that was never emptied has fewer slots than this for each entry. */
const leastSlotsPerEntry = 8;
/** Of the bytes that the profile sees at one line. */
const leastCountedShare = 0.8;

export const mapNeverShrinks: Rule = {
  id: 'map-never-shrinks',
  title: 'Map that stays large after it was emptied',
  type: 'leak',
  needs: ['heap'],
  about: {
    what: 'A map was large once, was emptied, and its table stays.',
    why: 'delete frees the entry, not the table. The memory is bounded by the largest size the map ever had.',
    fix: 'Make a new map and copy the live entries when it has become mostly empty.',
    falsePositives: 'A map that will be as large again soon is better left alone.',
    sources: ['https://github.com/golang/go/issues/20135', 'https://go.dev/blog/swisstable'],
  },
  evaluate({ heap, walk, source, ownership }) {
    const maps = walk.kind === 'captured' ? largeMaps(walk.value) : [];
    const emptied = maps
      .filter(({ entries, room }) => room >= leastSlotsPerEntry * Math.max(1, entries))
      .sort((a, b) => b.ownBytes - a.ownBytes)[0];
    if (emptied !== undefined) return emptyMap(emptied);
    if (heap.kind === 'not-captured')
      return { kind: 'inconclusive', why: heap.why, whatWouldSettleIt: 'a heap profile' };
    const large = heap.value.sites.filter(
      (site) =>
        site.bytes.shape !== 'growing' &&
        site.bytes.last >= bigBytes &&
        ownership(site.blamed) === 'main' &&
        /\]\s*(=|\+=|\+\+)/.test(source.snippet(site.blamed.file, site.blamed.line, 0)?.[0]?.text ?? ''),
    );
    const site = large[0];
    if (site === undefined)
      return candidates([], heap.value.sites.length, 'no large map stays after its growth has ended');
    // The walk does not know the type of every map; only when it met so much of them is this one among those.
    const counted = maps.reduce((sum, { ownBytes }) => sum + ownBytes, 0);
    if (counted >= leastCountedShare * site.bytes.last)
      return candidates([], large.length, 'the large maps are in use: the walk counted their entries');
    return {
      kind: 'inconclusive',
      why: `the map filled at ${site.blamed.functionName}:${site.blamed.line} holds ${Math.round(site.bytes.last / 1024 / 1024)} MiB and does not grow; whether it is full or empty a profile cannot tell`,
      whatWouldSettleIt:
        walk.kind === 'captured'
          ? 'the size of the map in the program (len): the walk met no map of known type that is as large'
          : 'a heap walk of the process (capacity against count)',
    };
  },
};

/** Those of which the tables alone are large, as far as their types are known. */
const largeMaps = ({ containers, failedChecks }: HeapFacts): readonly CountedContainer[] =>
  failedChecks.length > 0 ? [] : containers.filter(({ kind, ownBytes }) => kind === 'map' && ownBytes >= bigBytes);

/** It is no growth, and whether it will be full again only its owner knows: an open question with its numbers. */
const emptyMap = ({ name, typeName, entries, room, ownBytes }: CountedContainer): Outcome => ({
  kind: 'inconclusive',
  why: `${name} (${typeName}) holds ${formatCount(entries)} entries and has slots for ${formatCount(room)}: its tables take ${formatBytes(ownBytes)} and do not shrink`,
  whatWouldSettleIt: 'whether it will be as full again, which its owner knows; if not, copy its entries into a new map',
});
