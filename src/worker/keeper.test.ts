import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { dayMs, drawCapture, minutes } from '../../test/drawing/draw-recording.ts';
import { inFolder } from '../../test/drawing/in-folder.ts';
import type { RecordedEvent } from '../model/recording.ts';
import { openStore } from '../store/open-store.ts';
import type { CaseWriter, StoreWriter } from '../store/store.ts';
import { createKeeper, type Keeper } from './keeper.ts';

/** Does not pack, as a profile that is packed already. */
const noise = (seed: number, bytes: number): Uint8Array =>
  new Uint8Array(bytes).map((_, at) => Math.imul(at + 1 + seed * 7919, 0x9e3779b1) >>> 21);

interface Place {
  readonly keeper: Keeper;
  readonly store: StoreWriter;
  readonly writer: CaseWriter;
  readonly said: readonly string[];
}

async function inPlace(maxBytes: number, body: (place: Place) => Promise<void>): Promise<void> {
  await inFolder(async (folder) => {
    const store = await openStore(path.join(folder, 'store'), { mode: 'write' });
    try {
      const facts = { target: { kind: 'url', label: ':6060' } } as const;
      const writer = await store.beginCase({ key: 'a', facts, atMs: dayMs });
      const said: RecordedEvent[] = [];
      const keeper = await createKeeper(store, writer, { keepMs: dayMs, maxBytes }, (event) => said.push(event));
      const messages = (): string[] => said.map(({ message }) => message);
      await body({
        keeper,
        store,
        writer,
        get said() {
          return messages();
        },
      });
    } finally {
      await store.close();
    }
  });
}

const profiled = (index: number, bytes: number) =>
  drawCapture(index, { metrics: { rss: index }, files: { 'heap.pb.gz': noise(index, bytes) } });

describe('a store that may only take so much', () => {
  it('stays near its size for as long as it is written: what is old makes room', () =>
    inPlace(2 << 20, async ({ keeper, store, writer, said }) => {
      let most = 0;
      for (let index = 0; index < 300; index++) {
        expect(await keeper.append(profiled(index, 30_000))).toBe(true);
        if (index % 10 === 9 && keeper.isOverfull()) await keeper.prune(minutes(index));
        most = Math.max(most, await store.usedBytes());
      }
      // 9 MB were written. Ten captures and their log may be there before anybody looks again.
      expect(most).toBeLessThan(3.5 * 2 ** 20);
      expect(keeper.hasRoom()).toBe(true);
      expect(said).toEqual([]);
      const { metrics } = await store.metrics(writer.id, { maxPoints: 1000 });
      expect(metrics.get('rss')!.mean).toHaveLength(300);
    }));

  it('says once that what must stay is more, and goes on with figures', () =>
    inPlace(100_000, async (place) => {
      const { keeper, store, writer } = place;
      for (let index = 0; index < 3; index++) await keeper.append(profiled(index, 200_000));
      await keeper.prune(minutes(3));
      await keeper.prune(minutes(4));
      expect(keeper.hasRoom()).toBe(false);
      expect(place.said).toEqual([expect.stringMatching(/--max-size allows: only figures are added$/)]);
      expect(await keeper.append(drawCapture(3, { metrics: { rss: 3 } }))).toBe(true);
      const { metrics } = await store.metrics(writer.id, { maxPoints: 1000 });
      expect([...metrics.get('rss')!.mean]).toEqual([0, 1, 2, 3]);
    }));
});

describe('a keeper that is shut', () => {
  it('writes nothing any more, and says nothing of it', () =>
    inPlace(2 ** 31, async (place) => {
      const { keeper, store, writer } = place;
      expect(await keeper.append(profiled(0, 100))).toBe(true);
      keeper.shut();
      expect(await keeper.append(profiled(1, 100))).toBe(false);
      await keeper.event({ atMs: minutes(2), kind: 'leak', incarnation: 0, message: 'a map grows' });
      expect(await keeper.attempt(() => writer.saveResumeState('late'))).toBe(false);
      expect(place.said).toEqual([]);
      expect(keeper.fullSinceMs()).toBeUndefined();
      expect(writer.resumeState).toBeUndefined();
      expect(await store.events(writer.id)).toEqual([]);
      expect((await store.cases())[0]).toMatchObject({ captures: 1 });
    }));
});
