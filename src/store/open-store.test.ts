import { chmodSync, mkdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dayMs, drawCapture } from '../../test/drawing/draw-recording.ts';
import { inFolder } from '../../test/drawing/in-folder.ts';
import { KnownError } from '../base/errors.ts';
import { defaultStorePlace, isStore, openStore } from './open-store.ts';
import { openDatabase } from './sqlite/database.ts';

const start = { key: 'svc', facts: { target: { kind: 'url', label: ':6060' } }, atMs: dayMs } as const;

async function makeStore(folder: string, captures = 3): Promise<void> {
  const store = await openStore(folder, { mode: 'write' });
  const writer = await store.beginCase(start);
  for (let index = 0; index < captures; index++)
    await writer.append(
      drawCapture(index, { metrics: { rss: index }, heap: { 'main>leak': index }, files: { a: 'x' } }),
    );
  await store.close();
}

const refusal = async (opening: Promise<unknown>): Promise<KnownError> => {
  const error = await opening.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(KnownError);
  expect((error as KnownError).advice).not.toBe('');
  return error as KnownError;
};

describe('a place for recordings', () => {
  it('is made when it is written to, its owner alone may read it, and reading makes nothing', () =>
    inFolder(async (folder) => {
      const place = path.join(folder, 'deep/er', 'a b%20?#ü');
      expect(await refusal(openStore(place, { mode: 'read' }))).toMatchObject({ code: 'E-STORE-MISSING' });
      expect(await isStore(place)).toBe(false);
      await makeStore(place);
      expect(await isStore(place)).toBe(true);
      expect(statSync(place).mode & 0o777).toBe(0o700);
      const reader = await openStore(place, { mode: 'read' });
      expect(await reader.cases()).toHaveLength(1);
      await reader.close();
    }));

  it('is the state folder of the user when nobody says otherwise', () => {
    expect(defaultStorePlace({}, '/home/me')).toBe('/home/me/.local/state/leakline');
    expect(defaultStorePlace({ XDG_STATE_HOME: '/state' }, '/home/me')).toBe('/state/leakline');
    expect(defaultStorePlace({ XDG_STATE_HOME: 'relative' }, '/home/me')).toBe('/home/me/.local/state/leakline');
  });

  it('takes one writer, tells a second one who the first is, and is free when that is closed', () =>
    inFolder(async (folder) => {
      const first = await openStore(folder, { mode: 'write', pid: 4242 });
      const error = await refusal(openStore(folder, { mode: 'write' }));
      expect(error.code).toBe('E-STORE-LOCKED');
      expect(error.message).toContain('4242');
      const reader = await openStore(folder, { mode: 'read' });
      expect(await reader.cases()).toEqual([]);
      await reader.close();
      await first.close();
      await (await openStore(folder, { mode: 'write' })).close();
    }));
});

describe('what is no store', () => {
  it('is a file: nothing is changed', () =>
    inFolder(async (folder) => {
      const file = path.join(folder, 'heap.pb.gz');
      writeFileSync(file, 'profile');
      for (const mode of ['read', 'write'] as const)
        expect(await refusal(openStore(file, { mode }))).toMatchObject({ code: 'E-STORE-FOREIGN' });
      expect(readFileSync(file, 'utf8')).toBe('profile');
    }));

  it('is a database of another program: nothing is changed', () =>
    inFolder(async (folder) => {
      const file = path.join(folder, 'store.sqlite');
      const foreign = await openDatabase(file, { place: folder, mode: 'write' });
      foreign.execute('CREATE TABLE bookmarks (url TEXT)');
      foreign.close();
      const before = readFileSync(file);
      for (const mode of ['read', 'write'] as const)
        expect(await refusal(openStore(folder, { mode }))).toMatchObject({ code: 'E-STORE-FOREIGN' });
      expect(readFileSync(file).equals(before)).toBe(true);
    }));

  it('is random bytes: an error with advice, nothing is changed', () =>
    fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 5000 }), (bytes) =>
        inFolder(async (folder) => {
          writeFileSync(path.join(folder, 'store.sqlite'), bytes);
          for (const mode of ['read', 'write'] as const)
            expect((await refusal(openStore(folder, { mode }))).code).toMatch(/E-STORE-(FOREIGN|DAMAGED)/);
          expect(readFileSync(path.join(folder, 'store.sqlite')).equals(bytes)).toBe(true);
        }),
      ),
      { numRuns: 20 },
    ));

  it('is a store of a newer leakline: it is told, and left alone', () =>
    inFolder(async (folder) => {
      await makeStore(folder);
      const newer = await openDatabase(path.join(folder, 'store.sqlite'), { place: folder, mode: 'write' });
      newer.execute('PRAGMA user_version = 7');
      newer.close();
      for (const mode of ['read', 'write'] as const) {
        const error = await refusal(openStore(folder, { mode }));
        expect(error).toMatchObject({ code: 'E-STORE-VERSION' });
        expect(error.message).toContain('format 7');
      }
    }));
});

describe('a damaged store', () => {
  /** Everything that a reader can ask; each part answers or fails with a KnownError. */
  async function askAll(folder: string): Promise<void> {
    const reader = await openStore(folder, { mode: 'read' });
    try {
      for (const { id } of await reader.cases()) {
        await reader.metrics(id, { maxPoints: 10 });
        await reader.stackGrowth(id, { value: 'inuse-bytes' });
        await reader.loadCase(id, { capturesPerIncarnation: 5 });
        await reader.artefacts(id);
        await reader.events(id);
        await reader.report(id);
      }
    } finally {
      await reader.close();
    }
  }

  it('with flipped bytes answers or says that it is damaged, and never crashes', () =>
    inFolder(async (folder) => {
      const whole = path.join(folder, 'whole');
      await makeStore(whole, 300);
      const bytes = readFileSync(path.join(whole, 'store.sqlite'));
      const broken = path.join(folder, 'broken');
      mkdirSync(broken);
      let failed = 0;
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 })), {
            minLength: 1,
            maxLength: 40,
          }),
          async (flips) => {
            const copy = Buffer.from(bytes);
            for (const [at, mask] of flips) copy[at]! ^= mask;
            writeFileSync(path.join(broken, 'store.sqlite'), copy);
            try {
              await askAll(broken);
            } catch (error) {
              expect(error).toBeInstanceOf(KnownError);
              failed++;
            }
          },
        ),
        { numRuns: 150 },
      );
      expect(failed).toBeGreaterThan(0);
    }));

  it('that was cut off says so', () =>
    inFolder(async (folder) => {
      await makeStore(folder, 300);
      const file = path.join(folder, 'store.sqlite');
      truncateSync(file, Math.floor(statSync(file).size / 2));
      await expect(askAll(folder)).rejects.toMatchObject({ code: 'E-STORE-DAMAGED' });
    }));
});

describe('a store that may not be written', () => {
  /** Rights do not bind root: there the body runs as nobody. */
  async function withoutRights(body: () => Promise<void>): Promise<void> {
    const root = process.geteuid?.() === 0;
    if (root) process.seteuid!(65534);
    try {
      await body();
    } finally {
      if (root) process.seteuid!(0);
    }
  }

  it('is read as it is, and writing says why not', () =>
    inFolder(async (folder) => {
      await makeStore(folder);
      chmodSync(path.join(folder, 'store.sqlite'), 0o444);
      chmodSync(folder, 0o555);
      await withoutRights(async () => {
        const reader = await openStore(folder, { mode: 'read' });
        const [only] = await reader.cases();
        expect(await reader.metrics(only!.id, { maxPoints: 10 })).toMatchObject({ captures: 3 });
        await reader.close();
        expect(await refusal(openStore(folder, { mode: 'write' }))).toMatchObject({ code: 'E-STORE-ACCESS' });
        const below = path.join(folder, 'new');
        expect(await refusal(openStore(below, { mode: 'write' }))).toMatchObject({ code: 'E-STORE-ACCESS' });
      });
      chmodSync(folder, 0o700);
    }));

  it('nor read says so', () =>
    inFolder(async (folder) => {
      await makeStore(folder);
      chmodSync(folder, 0o000);
      await withoutRights(async () => {
        expect(await refusal(openStore(folder, { mode: 'read' }))).toMatchObject({ code: 'E-STORE-ACCESS' });
      });
      chmodSync(folder, 0o700);
    }));
});
