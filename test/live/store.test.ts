// A recorder that is killed, and a disk that is full: what was acknowledged stays, and recording goes on.
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { openStore } from '../../src/store/open-store.ts';
import { openDatabase } from '../../src/store/sqlite/database.ts';
import { dayMs, drawCapture } from '../drawing/draw-recording.ts';
import { inFolder } from '../drawing/in-folder.ts';
import { bundleStoreWriter, startStoreWriter } from './store-process.ts';

/** Every capture is there with its number, its profile and its artefact, and none is there half. */
async function expectWhole(folder: string, atLeast: number): Promise<number> {
  const reader = await openStore(folder, { mode: 'read' });
  try {
    const [only] = await reader.cases();
    const { id, captures, profiles } = only!;
    expect(captures).toBeGreaterThanOrEqual(atLeast);
    expect(profiles).toBe(captures);
    const { metrics } = await reader.metrics(id, { maxPoints: 1e6 });
    expect([...metrics.get('rss')!.mean]).toEqual(Array.from({ length: captures }, (_, index) => index));
    const growth = await reader.stackGrowth(id, { value: 'inuse-bytes' });
    expect(growth).toMatchObject({ profiles: captures });
    const artefacts = await reader.artefacts(id, { limit: 1e6 });
    expect(artefacts.map((each) => each.capture)).toEqual(Array.from({ length: captures }, (_, index) => index));
    const last = await reader.artefact(id, artefacts.at(-1)!.name);
    expect(new TextDecoder().decode(last!.bytes)).toMatch(new RegExp(`^${captures - 1} `));
    return captures;
  } finally {
    await reader.close();
  }
}

async function checkDatabase(folder: string): Promise<void> {
  const database = await openDatabase(path.join(folder, 'store.sqlite'), { place: folder, mode: 'read' });
  expect(database.all("SELECT integrity_check FROM pragma_integrity_check WHERE integrity_check <> 'ok'")).toEqual([]);
  database.close();
}

describe('a recorder that is killed', () => {
  it('a hundred times at random moments loses nothing that it acknowledged', { retry: 0, timeout: 240_000 }, () =>
    inFolder(async (folder) => {
      const program = await bundleStoreWriter(folder);
      const place = path.join(folder, 'store');
      let acknowledged = -1;
      for (let kill = 0; kill < 100; kill++) {
        const writer = startStoreWriter([process.execPath, program, place]);
        // Some die while they open the store, most while they append.
        if (kill % 10 === 9) await sleep(30 + Math.random() * 100);
        else {
          await writer.writes;
          await sleep(Math.random() * 60);
        }
        writer.child.kill('SIGKILL');
        expect(await writer.ended, writer.errors()).toBe('SIGKILL');
        acknowledged = Math.max(acknowledged, writer.acknowledged());
        // The next one goes on from there; the reader after each tenth kill reads what the log still holds.
        if (kill % 10 === 0) await expectWhole(place, acknowledged + 1);
      }
      const captures = await expectWhole(place, acknowledged + 1);
      expect(captures).toBeGreaterThan(100);
      await checkDatabase(place);
    }),
  );

  it('lets go of the store at once, and of files that belong to no capture', () =>
    inFolder(async (folder) => {
      const program = await bundleStoreWriter(folder);
      const place = path.join(folder, 'store');
      const writer = startStoreWriter([process.execPath, program, place]);
      await writer.writes;
      await expect(openStore(place, { mode: 'write' })).rejects.toMatchObject({
        code: 'E-STORE-LOCKED',
        message: expect.stringContaining(`process ${writer.child.pid} `),
      });
      writer.child.kill('SIGKILL');
      await writer.ended;
      mkdirSync(path.join(place, 'artefacts'), { recursive: true });
      writeFileSync(path.join(place, 'artefacts', '99999'), 'half a snapshot');
      const before = await openStore(place, { mode: 'write' });
      const used = await before.usedBytes();
      await before.close();
      expect(used).toBeLessThan(10 << 20);
      expect(spawnSync('ls', [path.join(place, 'artefacts')]).stdout.toString()).toBe('');
    }));
});

describe('a full disk', () => {
  it('is told, takes nothing back, and recording goes on when there is room', () =>
    inFolder(async (folder) => {
      const program = await bundleStoreWriter(folder);
      const place = path.join(folder, 'store');
      mkdirSync(place);
      // A small file system of its own where that is allowed, else a limit on the size of files.
      const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=6m', 'tmpfs', place]).status === 0;
      try {
        const limit = mounted ? '' : 'ulimit -f 4096; ';
        const command = `${limit}exec "$@"`;
        const writer = startStoreWriter([
          'bash',
          '-c',
          command,
          'bash',
          process.execPath,
          program,
          place,
          '100000',
          '70000',
        ]);
        expect(await writer.ended).toBe(1);
        expect(writer.errors()).toContain('no space left for the store');
        expect(writer.errors()).not.toMatch(/panicked|Aborted/);
        const acknowledged = writer.acknowledged();
        expect(acknowledged).toBeGreaterThan(10);
        expect(await expectWhole(place, acknowledged + 1)).toBe(acknowledged + 1);

        if (mounted) expect(spawnSync('mount', ['-o', 'remount,size=60m', place]).status).toBe(0);
        const next = startStoreWriter([process.execPath, program, place, '20', '70000']);
        expect(await next.ended, next.errors()).toBe(0);
        expect(await expectWhole(place, acknowledged + 21)).toBe(acknowledged + 21);
        await checkDatabase(place);
      } finally {
        if (mounted) spawnSync('umount', ['-l', place]);
      }
    }));

  it('stops one append only: the same recorder goes on after old recordings made room', async ({ skip }) =>
    inFolder(async (folder) => {
      const place = path.join(folder, 'store');
      mkdirSync(place);
      if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', place]).status !== 0)
        skip('needs the right to mount a small file system');
      try {
        const store = await openStore(place, { mode: 'write' });
        const writer = await store.beginCase({
          key: 'svc',
          facts: { target: { kind: 'url', label: ':6060' } },
          atMs: dayMs,
        });
        // Packed already, as profiles are.
        const profile = (index: number) => {
          const bytes = new Uint8Array(100_000).map((_, at) => Math.imul(at + 1 + index * 7919, 0x9e3779b1) >>> 21);
          bytes.set([0x1f, 0x8b]);
          return bytes;
        };
        const filler = path.join(place, 'something else');
        writeFileSync(filler, new Uint8Array(1 << 20));
        const appended = async (): Promise<unknown> => {
          const index = writer.nextCapture;
          return writer
            .append(drawCapture(index, { metrics: { rss: index }, files: { 'heap.pb.gz': profile(index) } }))
            .catch((error: unknown) => error);
        };
        let failure: unknown;
        while (failure === undefined) failure = await appended();
        expect(failure).toMatchObject({ code: 'E-STORE-FULL' });
        const before = writer.nextCapture;
        expect(before).toBeGreaterThan(10);
        // Still full: refused again, and nothing is lost by it.
        expect(await appended()).toMatchObject({ code: 'E-STORE-FULL' });
        expect(writer.nextCapture).toBe(before);
        rmSync(filler);
        const result = await store.prune({ maxBytes: 3 << 20 });
        expect(result).toMatchObject({ fits: true, droppedCaptures: 0 });
        expect(await appended()).toBeUndefined();
        const { metrics } = await store.metrics(writer.id, { maxPoints: 1e6 });
        expect([...metrics.get('rss')!.mean]).toEqual(Array.from({ length: before + 1 }, (_, index) => index));
        await store.close();
        await checkDatabase(place);
      } finally {
        spawnSync('umount', ['-l', place]);
      }
    }));
});
