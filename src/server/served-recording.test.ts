// What the pages get of a store, while somebody may be writing to it.
import { describe, expect, it } from 'vitest';
import { dayMs, drawCapture, minutes } from '../../test/drawing/draw-recording.ts';
import { inFolder } from '../../test/drawing/in-folder.ts';
import type { Analysis } from '../analyze.ts';
import { openStore } from '../store/open-store.ts';
import type { CaseWriter } from '../store/store.ts';
import { openRecordings } from './served-recording.ts';

const notAsked = async (): Promise<Analysis> => {
  throw new Error('nobody asked for an analysis');
};

async function shown(
  write: (writer: CaseWriter, other: CaseWriter) => Promise<void>,
  look: (open: ReturnType<typeof openRecordings>, writer: CaseWriter) => Promise<void>,
  options: Partial<Parameters<typeof openRecordings>[0]> = {},
): Promise<void> {
  await inFolder(async (folder) => {
    const target = (label: string) => ({ key: label, facts: { target: { kind: 'url', label } }, atMs: dayMs }) as const;
    const store = await openStore(folder, { mode: 'write' });
    const writer = await store.beginCase(target('http://localhost:6060'));
    const other = await store.beginCase(target('http://localhost:7070'));
    const reader = await openStore(folder, { mode: 'read' });
    try {
      await write(writer, other);
      await look(
        openRecordings({ store: reader, shown: undefined, analyse: notAsked, nowMs: () => minutes(11), ...options }),
        writer,
      );
    } finally {
      await reader.close();
      await store.close();
    }
  });
}

const tenMinutes = async (writer: CaseWriter): Promise<void> => {
  for (let index = 0; index < 10; index++)
    await writer.append(drawCapture(index, { metrics: { rss: 1000 + index, limit: 5000 } }));
};
const report = { schema: 'leakline.report/1', summary: 'It leaks.', tool: { version: '1' } };
const saved = { atMs: minutes(9), verdict: 'leak', summary: 'It leaks.', json: JSON.stringify(report) };

describe('a recording', () => {
  it('shows its numbers and its saved report without any analysis', () =>
    shown(
      async (writer) => {
        await tenMinutes(writer);
        await writer.saveReport(saved);
      },
      async (open, writer) => {
        const served = await open(writer.id);
        expect(await served.report()).toMatchObject({ summary: 'It leaks.' });
        const timeline = await served.timeline(100, false);
        expect(timeline.series).toMatchObject([{ name: 'rss', values: expect.arrayContaining([1000, 1009]) }]);
        expect(timeline.limits).toMatchObject({ kind: 'captured', value: [{ limitBytes: 5000 }] });
        expect(timeline.ledgerLater).toBe(true);
      },
    ));

  it('grows while it is looked at', () =>
    shown(tenMinutes, async (open, writer) => {
      expect((await (await open(writer.id)).timeline(100, false)).toMs).toBe(minutes(9));
      await writer.append(drawCapture(10, { metrics: { rss: 2000 } }));
      const served = await open(writer.id);
      expect((await served.timeline(100, false)).toMs).toBe(minutes(10));
      expect((await served.cases()).live).toBe(true);
    }));

  it('is one of several, the one that was recorded last first', () =>
    shown(
      async (writer, other) => {
        await tenMinutes(writer);
        await other.append(drawCapture(0));
      },
      async (open, writer) => {
        const { cases, shown: id } = await (await open(undefined)).cases();
        expect(id).toBe(writer.id);
        expect(cases.map(({ label }) => label)).toEqual(['http://localhost:6060', 'http://localhost:7070']);
        expect((await (await open(writer.id.slice(0, 6))).cases()).shown).toBe(writer.id);
        await expect(open('nope')).rejects.toMatchObject({ code: 'E-STORE-CASE' });
      },
    ));

  it('is analysed once for all pages that need it, and again when it has grown for a while', async () => {
    let asked = 0;
    let nowMs = minutes(11);
    const analyse = async (): Promise<Analysis> => {
      asked += 1;
      return { report } as unknown as Analysis;
    };
    await shown(
      tenMinutes,
      async (open, writer) => {
        await Promise.all([(await open(writer.id)).analysed(), (await open(writer.id)).analysed()]);
        expect(asked).toBe(1);
        await writer.append(drawCapture(10, { metrics: { rss: 2000 } }));
        await (await open(writer.id)).analysed();
        expect(asked).toBe(1);
        nowMs += 61_000;
        await (await open(writer.id)).analysed();
        expect(asked).toBe(2);
      },
      { analyse, nowMs: () => nowMs },
    );
  });

  it('asks again after an analysis that failed', async () => {
    let asked = 0;
    const analyse = async (): Promise<Analysis> => {
      asked += 1;
      throw new Error(`attempt ${asked}`);
    };
    await shown(
      tenMinutes,
      async (open, writer) => {
        await expect((await open(writer.id)).analysed()).rejects.toThrow('attempt 1');
        await expect((await open(writer.id)).analysed()).rejects.toThrow('attempt 2');
      },
      { analyse },
    );
  });
});
