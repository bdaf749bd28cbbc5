// What every engine of a store promises, asked of the embedded one.
import { createHash } from 'node:crypto';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { type DrawnCapture, dayMs, drawCapture, minutes, spellStack } from '../../test/drawing/draw-recording.ts';
import { inFolder } from '../../test/drawing/in-folder.ts';
import { readCaseFile } from '../capture/read-case-file.ts';
import type { Case } from '../model/case.ts';
import { openStore } from './open-store.ts';
import type { CaseWriter, StoreReader, StoreWriter } from './store.ts';

const byName = (a: { name: string }, b: { name: string }): number => a.name.localeCompare(b.name);
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

const facts = { target: { kind: 'url', label: 'http://localhost:6060' } } as const;
const start = { key: 'svc', facts, atMs: dayMs };

async function recorded(
  captures: readonly DrawnCapture[],
  body: (store: StoreWriter, writer: CaseWriter) => Promise<void>,
): Promise<void> {
  await inFolder(async (folder) => {
    const store = await openStore(path.join(folder, 'store'), { mode: 'write' });
    try {
      const writer = await store.beginCase(start);
      for (const [index, drawn] of captures.entries()) await writer.append(drawCapture(index, drawn));
      await body(store, writer);
    } finally {
      await store.close();
    }
  });
}

const growing = (count: number, more: DrawnCapture = {}): DrawnCapture[] =>
  Array.from({ length: count }, (_, index) => ({
    heap: { 'main>serve>leak': 1_000_000 + index * 6000, 'main>cache': 500 },
    metrics: { rss: 1e8 + index },
    ...more,
  }));

async function growth(store: StoreReader, id: string, query: Partial<Parameters<StoreReader['stackGrowth']>[1]> = {}) {
  const answer = await store.stackGrowth(id, { value: 'inuse-bytes', ...query });
  const rows = Object.fromEntries(
    [...answer.rows].map((stack, row) => [
      spellStack(answer.stacks, stack),
      `${answer.first[row]}→${answer.last[row]} ${answer.perSecond[row]!.toFixed(2)}/s`,
    ]),
  );
  return { profiles: answer.profiles, from: answer.fromMs, to: answer.toMs, rows };
}

describe('a case', () => {
  it('is found again by its key, with what was appended', () =>
    inFolder(async (folder) => {
      const first = await openStore(folder, { mode: 'write' });
      const begun = await first.beginCase(start);
      expect(begun).toMatchObject({ resumed: false, nextCapture: 0, lastIncarnation: undefined });
      await begun.append(drawCapture(0, { metrics: { rss: 5 }, files: { 'heap.pb.gz': 'profile' } }));
      await begun.append(drawCapture(1, { incarnation: 1 }));
      await begun.saveResumeState('pid 7');
      await first.close();

      const second = await openStore(folder, { mode: 'write' });
      const resumed = await second.beginCase({ ...start, atMs: minutes(9) });
      expect(resumed).toMatchObject({
        id: begun.id,
        resumed: true,
        nextCapture: 2,
        lastIncarnation: 1,
        lastAtMs: minutes(1),
        resumeState: 'pid 7',
      });
      expect(await second.cases()).toMatchObject([
        { id: begun.id, captures: 2, profiles: 0, incarnations: 2, fromMs: minutes(0), toMs: minutes(1) },
      ]);
      await second.close();
    }));

  it('takes its captures in order', () =>
    recorded([{}], async (_, writer) => {
      await expect(writer.append(drawCapture(0))).rejects.toThrow('1 is the next one');
      await expect(writer.append(drawCapture(2))).rejects.toThrow('1 is the next one');
      await writer.append(drawCapture(1));
    }));

  it('is named by the beginning of its id, and an unknown one is refused', () =>
    recorded([{}], async (store, writer) => {
      expect(await store.events(writer.id.slice(0, 4))).toEqual([]);
      await expect(store.events('nope')).rejects.toMatchObject({ code: 'E-STORE-CASE' });
    }));

  it('keeps its last report, events and facts', () =>
    recorded([{}], async (store, writer) => {
      expect(await store.report(writer.id)).toBeUndefined();
      const report = {
        atMs: minutes(1),
        verdict: 'leak',
        summary: 'It leaks.',
        json: '{"schema":"leakline.report/1"}',
      };
      await writer.saveReport({ ...report, verdict: 'clear' });
      await writer.saveReport(report);
      await writer.addEvent({ atMs: minutes(2), kind: 'gap', incarnation: 0, message: 'away', untilMs: minutes(5) });
      await writer.addEvent({ atMs: minutes(1), kind: 'restart', incarnation: 1, message: 'restarted' });
      await writer.saveFacts({
        target: { ...facts.target, pid: 7 },
        sources: new Map([['/app/main.go', 'package main']]),
      });
      await writer.saveFacts({ target: { ...facts.target, pid: 8 } });
      expect(await store.report(writer.id)).toEqual(report);
      expect(await store.events(writer.id)).toEqual([
        { atMs: minutes(1), kind: 'restart', incarnation: 1, message: 'restarted' },
        { atMs: minutes(2), kind: 'gap', incarnation: 0, message: 'away', untilMs: minutes(5) },
      ]);
      expect(await store.events(writer.id, { fromMs: minutes(2) })).toHaveLength(1);
      const loaded = await store.loadCase(writer.id, { capturesPerIncarnation: 5 });
      expect(loaded.target.pid).toBe(8);
      expect(loaded.sources.get('/app/main.go')).toBe('package main');
      expect(loaded.notes).toEqual([{ atMs: minutes(2), message: 'away' }]);
      expect((await store.cases())[0]).toMatchObject({ verdict: 'leak', summary: 'It leaks.' });
    }));
});

describe('growth of stacks', () => {
  it('is the line through all profiles, over chunks and tail', () =>
    recorded(growing(600), async (store, { id }) => {
      expect(await growth(store, id)).toEqual({
        profiles: 600,
        from: minutes(0),
        to: minutes(599),
        rows: {
          'main>serve>leak': `1000000→${1_000_000 + 599 * 6000} 100.00/s`,
          'main>cache': '500→500 0.00/s',
        },
      });
    }));

  it('between two instants looks at nothing else', () =>
    recorded(growing(600), async (store, { id }) => {
      const answer = await growth(store, id, { fromMs: minutes(100), toMs: minutes(300) });
      expect(answer).toMatchObject({ profiles: 201, from: minutes(100), to: minutes(300) });
      expect(answer.rows['main>serve>leak']).toBe(`${1_000_000 + 100 * 6000}→${1_000_000 + 300 * 6000} 100.00/s`);
      const one = await growth(store, id, { fromMs: minutes(100.5), toMs: minutes(101.5) });
      expect(one.rows['main>serve>leak']).toMatch(/NaN/);
      const none = await growth(store, id, { fromMs: minutes(100.1), toMs: minutes(100.9) });
      expect(none).toMatchObject({ profiles: 0, rows: {} });
    }));

  it('knows a stack that a profile does not have as zero, before it came and after it went', () =>
    recorded(
      Array.from(
        { length: 300 },
        (_, index): DrawnCapture => ({
          heap: index < 280 ? { 'main>old': 100 } : { 'main>new': 100 },
        }),
      ),
      async (store, { id }) => {
        const { rows } = await growth(store, id);
        expect(rows['main>old']).toMatch(/^100→0 -/);
        expect(rows['main>new']).toMatch(/^0→100 0/);
      },
    ));

  it('never compares incarnations, and takes the newest', () =>
    recorded([...growing(10), ...growing(5, { incarnation: 1, heap: { 'main>other': 7 } })], async (store, { id }) => {
      expect(await growth(store, id)).toMatchObject({ profiles: 5, rows: { 'main>other': '7→7 0.00/s' } });
      expect(await growth(store, id, { incarnation: 0 })).toMatchObject({ profiles: 10, to: minutes(9) });
    }));

  it('is asked for each column of the profile, and empty for one that it does not have', () =>
    recorded(growing(3), async (store, { id }) => {
      const objects = await growth(store, id, { value: 'inuse-objects' });
      expect(objects.rows['main>cache']).toBe('31.25→31.25 0.00/s');
      expect(await growth(store, id, { value: 'alloc-bytes' })).toMatchObject({ profiles: 0, rows: {} });
    }));
});

describe('numbers over time', () => {
  it('are exact while they are few, and absent is not zero', () =>
    recorded([{ metrics: { rss: 5, goroutines: 3 } }, { metrics: { rss: 6 } }, {}], async (store, { id }) => {
      const series = await store.metrics(id, { maxPoints: 100 });
      expect([...series.atMs]).toEqual([minutes(0), minutes(1), minutes(2)]);
      expect([...series.metrics.get('rss')!.mean]).toEqual([5, 6, Number.NaN]);
      expect([...series.metrics.get('goroutines')!.max]).toEqual([3, Number.NaN, Number.NaN]);
    }));

  it('are thinned out without losing peaks, and never across a restart', () =>
    recorded(
      Array.from(
        { length: 1000 },
        (_, index): DrawnCapture => ({
          incarnation: index < 505 ? 0 : 1,
          metrics: { rss: index === 777 ? 9999 : 10 },
        }),
      ),
      async (store, { id }) => {
        const series = await store.metrics(id, { maxPoints: 50, names: ['rss'] });
        expect(series.captures).toBe(1000);
        expect(series.atMs.length).toBeLessThanOrEqual(52);
        expect(series.atMs.length).toBeGreaterThan(45);
        expect(Math.max(...series.metrics.get('rss')!.max)).toBe(9999);
        expect(series.atMs.every((ms, point) => point === 0 || ms > series.atMs[point - 1]!)).toBe(true);
        expect([...series.incarnation]).toEqual([...series.incarnation].sort());
        const part = await store.metrics(id, { maxPoints: 50, fromMs: minutes(990), toMs: minutes(994) });
        expect(part).toMatchObject({ captures: 5 });
      },
    ));
});

describe('artefacts', () => {
  it('come back as they were: small, packed, text, and larger than fits a row', () => {
    const large = new Uint8Array(5 << 20).map((_, index) => (index * 2654435761) >>> 24);
    return recorded(
      [
        {
          files: {
            'heap.pb.gz': '\x1f\x8bx',
            'status.txt': 'VmRSS: 1 kB\n'.repeat(500),
            'snapshot.bin': large,
            empty: '',
          },
        },
      ],
      async (store, { id }) => {
        expect(sha256((await store.artefact(id, '0000/snapshot.bin'))!.bytes)).toBe(sha256(large));
        expect(new TextDecoder().decode((await store.artefact(id, '0000/status.txt'))!.bytes)).toBe(
          'VmRSS: 1 kB\n'.repeat(500),
        );
        expect((await store.artefact(id, '0000/empty'))!.bytes).toHaveLength(0);
        expect(await store.artefact(id, '0000/none')).toBeUndefined();
        expect(await store.artefacts(id, { kinds: ['heap-snapshot'] })).toMatchObject([
          { name: '0000/snapshot.bin', byteLength: large.length, kind: 'heap-snapshot', capture: 0 },
        ]);
      },
    );
  });

  it('of few captures are chosen evenly for an analysis, with the rare ones beside them', () =>
    recorded(
      Array.from(
        { length: 100 },
        (_, index): DrawnCapture => ({
          incarnation: index < 50 ? 0 : 1,
          files: { 'heap.pb.gz': `${index}`, ...(index % 20 === 7 ? { 'snapshot.bin': 's' } : {}) },
        }),
      ),
      async (store, { id }) => {
        const loaded = await store.loadCase(id, { capturesPerIncarnation: 3 });
        expect(loaded.artefacts.map((each) => each.name)).toEqual([
          '0000/heap.pb.gz',
          '0007/snapshot.bin',
          '0025/heap.pb.gz',
          '0047/snapshot.bin',
          '0049/heap.pb.gz',
          '0050/heap.pb.gz',
          '0067/snapshot.bin',
          '0075/heap.pb.gz',
          '0087/snapshot.bin',
          '0099/heap.pb.gz',
        ]);
        const late = await store.loadCase(id, { capturesPerIncarnation: 3, fromMs: minutes(98) });
        expect(late.artefacts).toHaveLength(2);
      },
    ));

  it('of real recordings make the same case again', () =>
    inFolder(async (folder) => {
      const original = await readCaseFile('testdata/recorded/go1.27.3/unbounded-map-leaky.leakline');
      const store = await openStore(folder, { mode: 'write' });
      const writer = await store.beginCase({
        key: 'k',
        facts: { ...original, sources: original.sources },
        atMs: dayMs,
      });
      const captures = [...new Set(original.artefacts.map((artefact) => artefact.capture))].sort((a, b) => a - b);
      for (const capture of captures) {
        const artefacts = original.artefacts.filter((artefact) => artefact.capture === capture);
        const { atMs, incarnation } = artefacts[0]!;
        await writer.append({ index: writer.nextCapture, atMs, incarnation, artefacts, metrics: new Map() });
      }
      const loaded = await store.loadCase(writer.id, { capturesPerIncarnation: 1000 });
      expect(loaded.target).toEqual(original.target);
      expect(loaded.sources).toEqual(original.sources);
      const spell = (artefacts: Case['artefacts']) =>
        artefacts.map(({ bytes, ...facts }) => ({ ...facts, sha256: sha256(bytes) })).sort(byName);
      expect(spell(loaded.artefacts)).toEqual(spell(original.artefacts));
      await store.close();
    }));
});

describe('readers', () => {
  it('see what is appended while they are open', () =>
    recorded(growing(3), async (store, writer) => {
      const reader = await openStore(store.place, { mode: 'read' });
      expect(await growth(reader, writer.id)).toMatchObject({ profiles: 3 });
      for (let index = 3; index < 300; index++)
        await writer.append(drawCapture(index, { heap: { 'main>late': index } }));
      expect(await growth(reader, writer.id)).toMatchObject({
        profiles: 300,
        rows: { 'main>late': expect.stringMatching(/^0→299/) },
      });
      expect((await reader.cases())[0]).toMatchObject({ captures: 300 });
      await reader.close();
      await reader.close();
    }));
});
