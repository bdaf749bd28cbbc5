// Profiles from bytes to numbers, over decode, growth and report, against `go tool pprof` as the oracle: the recorded
// `.top.txt` beside each recording, and the tool itself where Go is installed.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { decodeProfile } from '../src/decode/pprof/decode-profile.ts';
import { diffProfiles } from '../src/growth/diff-profiles.ts';
import { mergeProfiles } from '../src/growth/merge-profiles.ts';
import type { ProfileTable } from '../src/model/profile.ts';
import { framesOf } from '../src/model/stacks.ts';
import { encodeGrowthProfile } from '../src/report/encode-pprof.ts';

const recordings = new URL('../testdata/profiles/', import.meta.url);
const versions = readdirSync(recordings).filter((name) => name.startsWith('go1.'));
const read = (version: string, name: string) => readFileSync(new URL(`${version}/${name}`, recordings));
const heapTypes = ['inuse_space', 'inuse_objects', 'alloc_space', 'alloc_objects'];

/** `flat cum name` of each row of a pprof -top text, sorted, without the rows that are zero in both. */
function rowsOfTop(text: string): string[] {
  const rows: string[] = [];
  for (const line of text.split('\n')) {
    const match = /^ *(-?[\d.]+)(?:B)? +\S+% +\S+% +(-?[\d.]+)(?:B)? +\S+% {2}(.*)$/.exec(line);
    if (match === null) continue;
    const name = match[3]!.replace(/ \((?:partial-)?inline\)$/, '');
    if (match[1] !== '0' || match[2] !== '0') rows.push(`${Number(match[1])} ${Number(match[2])} ${name}`);
  }
  return rows.sort();
}

function rowsOfDiff(base: ProfileTable | undefined, current: ProfileTable, type: string): string[] {
  return diffProfiles(base, current, type)
    .functions.map((row) => `${row.flat} ${row.cum} ${row.name}`)
    .sort();
}

function withoutTypeArguments(table: ProfileTable, type: string): Record<string, number> {
  const flat: Record<string, number> = {};
  for (const row of diffProfiles(undefined, table, type).functions) {
    const name = row.name.replace(/\[.*\]/, '[...]');
    flat[name] = (flat[name] ?? 0) + row.flat;
  }
  return flat;
}

describe.each(versions)('recordings of %s', (version) => {
  test.each(['heap-base', 'heap-current', 'allocs'])('%s: flat and cum of every function equal pprof', (name) => {
    const table = decodeProfile(read(version, `${name}.pb.gz`));
    expect(table.kind).toBe('heap');
    expect(table.period).toBe(4096);
    expect(table.warnings).toEqual([]);
    for (const type of heapTypes) {
      const expected = rowsOfTop(read(version, `${name}.${type}.top.txt`).toString());
      expect(expected.length).toBeGreaterThan(3);
      expect(rowsOfDiff(undefined, table, type)).toEqual(expected);
    }
  });

  test('the difference of two heap profiles equals pprof -diff_base', () => {
    const base = decodeProfile(read(version, 'heap-base.pb.gz'));
    const current = decodeProfile(read(version, 'heap-current.pb.gz'));
    for (const type of heapTypes) {
      expect(rowsOfDiff(base, current, type)).toEqual(rowsOfTop(read(version, `diff.${type}.top.txt`).toString()));
    }
  });

  test('merged stacks add up to the same function totals', () => {
    const base = decodeProfile(read(version, 'heap-base.pb.gz'));
    const current = decodeProfile(read(version, 'heap-current.pb.gz'));
    const merged = mergeProfiles([base, current]);
    const flat = new Map<string, number>();
    const cum = new Map<string, number>();
    const type = merged.sampleTypes.findIndex((each) => each.type === 'inuse_space');
    for (let entry = 0; entry < merged.rows.length; entry++) {
      const delta = merged.values[1]![type]![entry]! - merged.values[0]![type]![entry]!;
      const names = framesOf(merged.stacks, merged.rows[entry]!).map((frame) => frame.functionName);
      flat.set(names[0]!, (flat.get(names[0]!) ?? 0) + delta);
      for (const name of new Set(names)) cum.set(name, (cum.get(name) ?? 0) + delta);
    }
    const rows = [...cum].map(([name, value]) => ({ name, flat: flat.get(name) ?? 0, cum: value }));
    const expected = diffProfiles(base, current, 'inuse_space').functions;
    expect(rows.filter((row) => row.flat !== 0 || row.cum !== 0)).toHaveLength(expected.length);
    for (const row of expected) expect(rows).toContainEqual(row);
  });

  test('the text form of a heap profile says the same as its protobuf form', () => {
    const text = decodeProfile(read(version, 'heap-current.txt'));
    const proto = decodeProfile(read(version, 'heap-current.pb.gz'));
    expect(text.warnings).toEqual([]);
    expect(text.period).toBe(proto.period);
    // The text spells type arguments as [...], the protobuf spells them out (go.shape.int): compared without them.
    for (const type of heapTypes) expect(withoutTypeArguments(text, type)).toEqual(withoutTypeArguments(proto, type));
  });

  test('count profiles equal pprof', () => {
    for (const kind of ['goroutine', 'threadcreate', 'goroutineleak']) {
      if (!readdirSync(new URL(version, recordings)).includes(`${kind}.pb.gz`)) continue;
      const table = decodeProfile(read(version, `${kind}.pb.gz`));
      expect(table.kind).toBe(kind);
      expect(rowsOfDiff(undefined, table, kind)).toEqual(rowsOfTop(read(version, `${kind}.top.txt`).toString()));
      const text = decodeProfile(read(version, `${kind}.txt`));
      expect(text.kind).toBe(kind);
      expect(text.warnings).toEqual([]);
      expect(diffProfiles(undefined, text, kind).total).toBe(diffProfiles(undefined, table, kind).total);
    }
  });

  test('goroutine labels are read from both forms', () => {
    for (const file of ['goroutine.pb.gz', 'goroutine.txt']) {
      const { samples } = decodeProfile(read(version, file));
      const labelled = samples.labels.filter((label) => label.key === 'worker').map((label) => label.value);
      expect(labelled.sort(), file).toEqual(['0', '1']);
      expect(samples.labels, file).toContainEqual({ key: 'quoted', value: 'a "b"' });
    }
  });
});

test('go1.27 proves three goroutines leaked, at the line where they stand', () => {
  const table = decodeProfile(read('go1.27.3', 'goroutineleak.txt'));
  expect(diffProfiles(undefined, table, 'goroutineleak').functions).toEqual([
    { name: 'main.forgotten', flat: 3, cum: 3 },
  ]);
  expect(table.locations.lineNumber[0]).toBe(65);
});

test('growth written as a profile reads back as the same stacks and deltas', () => {
  const { growth, merged } = growthOf('go1.27.3');
  const back = mergeProfiles([decodeProfile(encodeGrowthProfile(growth))]);
  const spell = (stacks: typeof merged.stacks, row: number) =>
    framesOf(stacks, row)
      .map((frame) => `${frame.functionName} ${frame.file}:${frame.line}`)
      .join('\n');
  const written = new Map<string, number>();
  for (let entry = 0; entry < merged.rows.length; entry++) {
    if (growth.deltaBytes[entry] === 0 && growth.deltaObjects[entry] === 0) continue;
    written.set(spell(merged.stacks, merged.rows[entry]!), growth.deltaBytes[entry]!);
  }
  const readBack = new Map<string, number>();
  for (let entry = 0; entry < back.rows.length; entry++) {
    readBack.set(spell(back.stacks, back.rows[entry]!), back.values[0]![1]![entry]!);
  }
  expect(readBack).toEqual(written);
  expect([...written.values()].some((delta) => delta < 0)).toBe(true);
});

function growthOf(version: string) {
  const base = decodeProfile(read(version, 'heap-base.pb.gz'));
  const current = decodeProfile(read(version, 'heap-current.pb.gz'));
  const merged = mergeProfiles([base, current]);
  const column = (type: string) => {
    const index = merged.sampleTypes.findIndex((each) => each.type === type);
    return merged.values[1]![index]!.map((value, entry) => value - merged.values[0]![index]![entry]!);
  };
  const growth = {
    stacks: merged.stacks,
    rows: merged.rows,
    deltaObjects: column('inuse_objects'),
    deltaBytes: column('inuse_space'),
    timeMs: current.timeMs,
    durationMs: current.timeMs - base.timeMs,
    periodBytes: current.period,
    comments: ['growth over the window'],
  };
  return { growth, merged, base, current };
}

const hasGo = (() => {
  try {
    execFileSync('go', ['version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();

describe.skipIf(!hasGo)('with go tool pprof (needs Go)', () => {
  const top = (...args: string[]) =>
    execFileSync(
      'go',
      ['tool', 'pprof', '-top', '-nodecount=0', '-nodefraction=0', '-edgefraction=0', '-symbolize=none', ...args],
      { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] },
    );

  test('it opens the growth profile and shows the same numbers', () => {
    const { growth, base, current } = growthOf('go1.26.8');
    const directory = mkdtempSync(join(tmpdir(), 'leakline-test-'));
    try {
      const file = join(directory, 'growth.pb.gz');
      writeFileSync(file, encodeGrowthProfile(growth));
      const rows = rowsOfTop(top('-sample_index=inuse_space', '-unit=bytes', file));
      expect(rows).toEqual(rowsOfDiff(base, current, 'inuse_space'));
      expect(execFileSync('go', ['tool', 'pprof', '-comments', file], { encoding: 'utf8' })).toContain('growth over');
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  test('the recorded texts are what it says today', () => {
    const file = new URL('go1.26.8/heap-current.pb.gz', recordings).pathname;
    const rows = rowsOfTop(top('-sample_index=inuse_space', '-unit=bytes', file));
    expect(rows).toEqual(rowsOfTop(read('go1.26.8', 'heap-current.inuse_space.top.txt').toString()));
  });
});
