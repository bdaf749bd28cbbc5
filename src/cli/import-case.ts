// A case file → a case of the store: captures in order, and beside their artefacts what a recorder would have kept of them
// (figures, values of heap stacks), so that an imported case answers like a recorded one.
import { KnownError } from '../base/errors.ts';
import { decodeCase } from '../decode/decode-case.ts';
import { memoryQuantities } from '../growth/memory-trend.ts';
import type { Artefact } from '../model/artefact.ts';
import type { Case } from '../model/case.ts';
import type { MetricName, RecordedHeap } from '../model/recording.ts';
import type { StoreWriter } from '../store/store.ts';
import { recordedHeap } from '../worker/recorded-heap.ts';

/** The id of the new case. `key` tells two imports apart; the same file twice is refused. */
export async function importCase(store: StoreWriter, input: Case, key: string): Promise<string> {
  const { target, sources, cost, walkGap, artefacts, notes } = input;
  const captures = groupByMoment(artefacts);
  if (captures.length === 0)
    throw new KnownError('E-CASE-EMPTY', 'the case file holds no artefacts', { advice: 'Capture again.' });
  const writer = await store.beginCase({
    key,
    facts: { target, sources, cost, walkGap },
    atMs: captures[0]![0]!.atMs,
  });
  if (writer.resumed)
    throw new KnownError('E-CASE-IMPORTED', `this case file is in the store already, as ${writer.id}`, {
      advice: 'Its name and content are the same. `leakline cases` lists what there is.',
    });
  const { heaps, figures } = decodedBeside(artefacts);
  for (const group of captures) {
    const index = writer.nextCapture;
    const { atMs, incarnation, capture } = group[0]!;
    await writer.append({
      index,
      atMs,
      incarnation,
      artefacts: group.map((artefact) => ({ ...artefact, capture: index })),
      metrics: figures.get(keyOf(incarnation, capture)) ?? new Map(),
      heap: heaps.get(keyOf(incarnation, capture)),
    });
  }
  for (const { atMs, message } of notes) await writer.addEvent({ atMs, kind: 'note', incarnation: 0, message });
  return writer.id;
}

/** One list a capture, by time; incarnations stay in order. */
function groupByMoment(artefacts: readonly Artefact[]): readonly (readonly Artefact[])[] {
  const groups = new Map<string, Artefact[]>();
  for (const artefact of artefacts) {
    const key = keyOf(artefact.incarnation, artefact.capture);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [artefact]);
    else group.push(artefact);
  }
  return [...groups.values()]
    .map((group) => group.sort((a, b) => a.atMs - b.atMs))
    .sort((a, b) => a[0]!.incarnation - b[0]!.incarnation || a[0]!.atMs - b[0]!.atMs);
}

/** What cannot be decoded has no values; the artefact is kept as it is. */
function decodedBeside(artefacts: readonly Artefact[]): {
  readonly heaps: ReadonlyMap<string, RecordedHeap>;
  readonly figures: ReadonlyMap<string, ReadonlyMap<MetricName, number>>;
} {
  const heaps = new Map<string, RecordedHeap>();
  const figures = new Map<string, Map<MetricName, number>>();
  for (const { number, heaps: profiles, memory } of decodeCase(artefacts).incarnations) {
    for (const { capture, profile } of profiles) {
      const heap = recordedHeap(profile);
      if (heap !== undefined) heaps.set(keyOf(number, capture), heap);
    }
    for (const moment of memory) {
      const key = keyOf(number, moment.capture);
      const known = figures.get(key) ?? new Map<MetricName, number>();
      for (const [name, value] of memoryQuantities(moment)) known.set(name, value);
      figures.set(key, known);
    }
  }
  return { heaps, figures };
}

const keyOf = (incarnation: number, capture: number): string => `${incarnation} ${capture}`;
