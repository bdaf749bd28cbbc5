import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { type DrawnCapture, dayMs, drawCapture, minutes } from '../../../test/drawing/draw-recording.ts';
import { inFolder } from '../../../test/drawing/in-folder.ts';
import { openStore } from '../open-store.ts';
import type { CaseWriter, StoreWriter } from '../store.ts';

const facts = { target: { kind: 'url', label: ':6060' } } as const;

/** Does not pack, as a profile that is packed already. */
function noise(seed: number, bytes: number): Uint8Array {
  const content = new Uint8Array(bytes).map((_, at) => Math.imul(at + 1 + seed * 7919, 0x9e3779b1) >>> 21);
  content.set([0x1f, 0x8b]);
  return content;
}

const profiled = (count: number, bytes = 30, more: (index: number) => DrawnCapture = () => ({})): DrawnCapture[] =>
  Array.from({ length: count }, (_, index) => ({
    metrics: { rss: index },
    heap: { 'main>leak': index },
    files: { 'heap.pb.gz': noise(index, bytes) },
    ...more(index),
  }));

async function inStore(
  captures: readonly DrawnCapture[],
  body: (store: StoreWriter, writer: CaseWriter) => Promise<void>,
): Promise<void> {
  await inFolder(async (folder) => {
    const store = await openStore(path.join(folder, 'store'), { mode: 'write' });
    try {
      const writer = await store.beginCase({ key: 'a', facts, atMs: dayMs });
      for (const [index, drawn] of captures.entries()) await writer.append(drawCapture(index, drawn));
      await body(store, writer);
    } finally {
      await store.close();
    }
  });
}

const capturesWithArtefacts = async (store: StoreWriter, id: string): Promise<readonly number[]> =>
  (await store.artefacts(id, { limit: 1e6 })).map((artefact) => artefact.capture);

describe('pruning by age', () => {
  it('keeps first and last captures of each start, and those around what happened', () =>
    inStore(
      profiled(40, 30, (index) => ({ incarnation: index < 20 ? 0 : 1 })),
      async (store, { id, addEvent }) => {
        await addEvent({ atMs: minutes(10.5), kind: 'leak', incarnation: 0, message: 'a map grows' });
        await addEvent({ atMs: minutes(30.5), kind: 'note', incarnation: 1, message: 'nothing much' });
        const result = await store.prune({ artefactsBeforeMs: minutes(36) });
        //                                                 start · around the leak · end · start ·  young ones
        expect(await capturesWithArtefacts(store, id)).toEqual([0, 9, 10, 11, 19, 20, 36, 37, 38, 39]);
        expect(result).toMatchObject({ droppedArtefacts: 30, droppedCaptures: 0, droppedCases: [], fits: true });
        const { metrics } = await store.metrics(id, { maxPoints: 1000 });
        expect([...metrics.get('rss')!.mean]).toEqual(Array.from({ length: 40 }, (_, index) => index));
        expect(await store.stackGrowth(id, { value: 'inuse-bytes' })).toMatchObject({ profiles: 20 });
      },
    ));

  it('drops numbers, events and whole cases only from before the second moment', () =>
    inStore(profiled(600), async (store, { id, addEvent }) => {
      const other = await store.beginCase({ key: 'old', facts, atMs: minutes(-100) });
      await addEvent({ atMs: minutes(3), kind: 'oom-kill', incarnation: 0, message: 'killed' });
      const result = await store.prune({ artefactsBeforeMs: minutes(590), allBeforeMs: minutes(300) });
      // A case that is being written stays, however old it is; the chunk of captures 0 to 255 is gone.
      expect(result).toMatchObject({ droppedCaptures: 256, droppedCases: [] });
      expect((await store.cases()).map((each) => each.id)).toContain(other.id);
      const [summary] = await store.cases();
      expect(summary).toMatchObject({ id, captures: 344, profiles: 344, fromMs: minutes(256) });
      expect(await store.metrics(id, { maxPoints: 10 })).toMatchObject({ captures: 344 });
      expect(await store.stackGrowth(id, { value: 'inuse-bytes' })).toMatchObject({
        profiles: 344,
        fromMs: minutes(256),
      });
      expect(await store.events(id)).toEqual([]);
      expect((await capturesWithArtefacts(store, id)).slice(0, 3)).toEqual([300, 590, 591]);
    }));
});

describe('pruning by size', () => {
  it('thins out from the old end, and every stretch of time keeps some', () =>
    inStore(profiled(200, 50_000), async (store, { id }) => {
      const result = await store.prune({ maxBytes: 5_000_000 });
      expect(result.fits).toBe(true);
      expect(result.bytesBefore).toBeGreaterThan(9_000_000);
      expect(result.bytesAfter).toBeLessThanOrEqual(5_000_000);
      expect(await store.usedBytes()).toBeLessThanOrEqual(5_000_000);
      const kept = await capturesWithArtefacts(store, id);
      expect(kept.length).toBeGreaterThan(70);
      expect(kept).toEqual(expect.arrayContaining([0, 199]));
      const gaps = kept.slice(1).map((capture, at) => capture - kept[at]!);
      expect(Math.max(...gaps)).toBeLessThanOrEqual(5);
      expect(result.droppedCaptures).toBe(0);
      expect((await store.cases())[0]).toMatchObject({ captures: 200, profiles: 200 });
    }));

  it('leaves the first and the last capture of a case, and says when that is still too much', () =>
    inStore(profiled(30, 100_000), async (store, { id }) => {
      const result = await store.prune({ maxBytes: 100_000 });
      expect(result.fits).toBe(false);
      expect(await capturesWithArtefacts(store, id)).toEqual([0, 29]);
      const { metrics } = await store.metrics(id, { maxPoints: 100 });
      expect(metrics.get('rss')!.mean).toHaveLength(30);
    }));

  it('gives back the space of large artefacts, and of cases that nobody records any more', () =>
    inFolder(async (folder) => {
      const first = await openStore(folder, { mode: 'write' });
      const old = await first.beginCase({ key: 'old', facts, atMs: dayMs });
      await old.append(drawCapture(0, { files: { 'snapshot.bin': noise(1, 6 << 20) } }));
      await old.append(drawCapture(1, { files: { 'snapshot.bin': noise(2, 6 << 20) } }));
      await first.close();
      const store = await openStore(folder, { mode: 'write' });
      const young = await store.beginCase({ key: 'young', facts, atMs: minutes(5) });
      await young.append(drawCapture(0, { minute: 5, files: { 'snapshot.bin': noise(3, 6 << 20) } }));
      expect(await store.usedBytes()).toBeGreaterThan(18 << 20);
      const result = await store.prune({ maxBytes: 8 << 20 });
      expect(result).toMatchObject({ fits: true, droppedCases: [old.id] });
      expect(await store.usedBytes()).toBeLessThan(8 << 20);
      expect((await store.artefact(young.id, '0000/snapshot.bin'))!.bytes).toHaveLength(6 << 20);
      await store.close();
    }));

  it('goes on with what is being written', () =>
    inStore(profiled(300, 20_000), async (store, writer) => {
      await store.prune({ maxBytes: 2_000_000 });
      for (let index = 300; index < 620; index++)
        await writer.append(drawCapture(index, { heap: { 'main>leak': index } }));
      const growth = await store.stackGrowth(writer.id, { value: 'inuse-bytes' });
      expect(growth.last[0]).toBe(619);
      expect(growth.perSecond[0]).toBeCloseTo(1 / 60, 6);
    }));
});
