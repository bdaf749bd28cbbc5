import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, describe, expect, it } from 'vitest';
import { judgeRounds } from '../../growth/round-trend.ts';
import type { GateTrend } from '../../report/gate-report.ts';
import { baselineOf, readBaseline } from './baseline.ts';
import { type CycleLimits, judgeCycles } from './compose-cycles.ts';

const MiB = 1 << 20;

function trend(what: GateTrend['what'], ...values: number[]): GateTrend {
  const { shape, perRound, low, high, pValue, why, roundsToSettle } = judgeRounds(
    values,
    what === 'goroutines' ? 0.5 : 8192,
  );
  return {
    what,
    unit: what === 'goroutines' ? 'count' : 'bytes',
    values,
    shape,
    perRound,
    ...(Number.isFinite(low) ? { low, high } : {}),
    pValue,
    ...(why === undefined ? {} : { why }),
    ...(roundsToSettle === undefined ? {} : { roundsToSettle }),
  };
}

const steadyHeap = trend('live-heap', 5 * MiB, 5 * MiB, 5 * MiB + 10, 5 * MiB, 5 * MiB, 5 * MiB);
const growingHeap = trend('live-heap', 5 * MiB, 6 * MiB, 7 * MiB, 8 * MiB, 9 * MiB, 10 * MiB);
const steadyGoroutines = trend('goroutines', 9, 9, 8, 9, 9, 8);
const none: CycleLimits = { maxGrowthBytes: undefined, maxGoroutines: undefined, baseline: undefined };

describe('judgeCycles', () => {
  it('is clear when heap and goroutines return, and a leak when one of them does not', () => {
    expect(judgeCycles([steadyHeap, steadyGoroutines], none)).toEqual({ verdict: 'clear', exceeded: [], open: [] });
    expect(judgeCycles([growingHeap, steadyGoroutines], none).verdict).toBe('leak');
    expect(judgeCycles([steadyHeap, trend('goroutines', 9, 19, 29, 39, 49, 59)], none).verdict).toBe('leak');
  });

  it('never takes what was not captured for clear', () => {
    expect(judgeCycles([steadyHeap], none)).toMatchObject({
      verdict: 'inconclusive',
      open: ['goroutines were not captured'],
    });
    expect(judgeCycles([], none).verdict).toBe('inconclusive');
  });

  it('makes no leak of resident memory alone', () => {
    const rss = trend('rss', 20 * MiB, 30 * MiB, 40 * MiB, 50 * MiB, 60 * MiB, 70 * MiB);
    expect(judgeCycles([steadyHeap, steadyGoroutines, rss], none)).toMatchObject({
      verdict: 'inconclusive',
      open: [expect.stringContaining('resident memory grows while the Go heap returns')],
    });
  });

  it('holds limits instead of statistics, with the interval of what was measured', () => {
    const limit = (maxGrowthBytes: number) => judgeCycles([growingHeap, steadyGoroutines], { ...none, maxGrowthBytes });
    expect(limit(2 * MiB).verdict).toBe('clear');
    expect(limit(MiB / 2)).toMatchObject({
      verdict: 'leak',
      exceeded: ['the live heap grows by 1.0 MiB a cycle, more than 512 KiB'],
    });
    const uneven = trend('live-heap', 5 * MiB, 5 * MiB, 8 * MiB, 7 * MiB, 9 * MiB, 8 * MiB);
    expect(judgeCycles([uneven, steadyGoroutines], { ...none, maxGrowthBytes: MiB }).verdict).toBe('inconclusive');
    expect(judgeCycles([steadyHeap, steadyGoroutines], { ...none, maxGoroutines: 7 }).exceeded).toEqual([
      '8 goroutines after the last cycle, more than 7',
    ]);
  });
});

describe('the base line', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'leakline-baseline-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('is what the last cycle measured, fits its schema, and is read back', async () => {
    const written = baselineOf([growingHeap, steadyGoroutines])!;
    expect(written).toEqual({ schema: 'leakline.gate-baseline/1', liveHeapBytes: 10 * MiB, goroutines: 8 });
    const schema = path.resolve(import.meta.dirname, '../../../docs/schemas/leakline.gate-baseline-1.schema.json');
    expect(new Ajv2020().compile(JSON.parse(readFileSync(schema, 'utf8')))(written)).toBe(true);
    const file = path.join(folder, 'base.json');
    writeFileSync(file, JSON.stringify(written));
    expect(await readBaseline(file)).toEqual(written);
    expect(baselineOf([growingHeap])).toBeUndefined();
  });

  it('says of another file that it is none', async () => {
    const file = path.join(folder, 'other.json');
    for (const text of ['null', '{}', '{"schema":"leakline.gate-baseline/1","liveHeapBytes":-1,"goroutines":1}']) {
      writeFileSync(file, text);
      await expect(readBaseline(file)).rejects.toThrow('is no base line of a gate');
    }
    writeFileSync(file, '{');
    await expect(readBaseline(file)).rejects.toThrow('it is not JSON');
    await expect(readBaseline(path.join(folder, 'absent.json'))).rejects.toThrow('cannot be read');
  });
});
