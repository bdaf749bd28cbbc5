import { readFileSync } from 'node:fs';
import { gunzipSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import {
  Label,
  Line,
  Location,
  Profile,
  Function as ProtoFunction,
  Sample,
  StringTable,
  ValueType,
} from 'pprof-format';
import { describe, expect, test } from 'vitest';
import { DecodeError, KnownError } from '../../base/errors.ts';
import type { ProfileTable } from '../../model/profile.ts';
import { decodeProfile } from './decode-profile.ts';
import { requireKind } from './profile-kind.ts';
import { sniffInput } from './sniff-input.ts';

const recording = (name: string) =>
  readFileSync(new URL(`../../../testdata/profiles/go1.27.3/${name}`, import.meta.url));
const bytesOf = (text: string) => new TextEncoder().encode(text);

/** Stacks and values as text, for comparing. */
function spell(table: ProfileTable): string[] {
  const { samples, locations, functions } = table;
  return Array.from({ length: samples.length }, (_, sample) => {
    const frames: string[] = [];
    for (let at = samples.locationStart[sample]!; at < samples.locationStart[sample + 1]!; at++) {
      const row = samples.location[at]!;
      for (let line = locations.lineStart[row]!; line < locations.lineStart[row + 1]!; line++) {
        const functionRow = locations.lineFunction[line]!;
        frames.push(`${functions.name(functionRow)} ${functions.file(functionRow)}:${locations.lineNumber[line]}`);
      }
    }
    return `${samples.values.map((column) => column[sample]).join(' ')} @ ${frames.join(' < ')}`;
  });
}

const value = fc.oneof(fc.integer({ min: 0, max: 300 }), fc.maxSafeInteger());
const profiles = fc
  .record({
    names: fc.array(fc.string({ minLength: 1, maxLength: 12, unit: 'grapheme' }), { minLength: 1, maxLength: 8 }),
    locations: fc.array(fc.array(fc.tuple(fc.nat(7), fc.nat(100_000)), { maxLength: 3 }), {
      minLength: 1,
      maxLength: 200,
    }),
    samples: fc.array(fc.tuple(value, value, fc.array(fc.nat(199), { maxLength: 9 })), { maxLength: 20 }),
    idStep: fc.constantFrom(1, 3, 1_000_003),
  })
  .map((shape) => ({ ...shape, ...encodeWithOracle(shape) }));

interface Shape {
  names: string[];
  locations: [number, number][][];
  samples: [number, number, number[]][];
  idStep: number;
}

/** A profile by the other encoder; every sample type is (type, unit). */
function profileOf(
  types: [string, string][],
  fill?: (strings: StringTable) => ConstructorParameters<typeof Profile>[0],
) {
  const stringTable = new StringTable();
  const sampleType = types.map(
    ([type, unit]) => new ValueType({ type: stringTable.dedup(type), unit: stringTable.dedup(unit) }),
  );
  return new Profile({ ...fill?.(stringTable), sampleType, stringTable }).encode();
}

const heapTypes: [string, string][] = [
  ['inuse_objects', 'count'],
  ['inuse_space', 'bytes'],
];

function encodeWithOracle({ names, locations, samples, idStep }: Shape) {
  const bytes = profileOf(heapTypes, (strings) => ({
    sample: samples.map(
      ([objects, size, rows]) =>
        new Sample({
          locationId: rows.map((row) => ((row % locations.length) + 1) * idStep),
          value: [objects, size],
          label: [new Label({ key: strings.dedup('bytes'), num: 48 })],
        }),
    ),
    location: locations.map(
      (lines, row) =>
        new Location({
          id: (row + 1) * idStep,
          address: 4096 + row,
          line: lines.map(([name, line]) => new Line({ functionId: (name % names.length) + 1, line })),
        }),
    ),
    function: names.map((name, row) => {
      const index = strings.dedup(name);
      return new ProtoFunction({ id: row + 1, name: index, systemName: index, filename: strings.dedup('file.go') });
    }),
    timeNanos: 1_700_000_000_123_456_789n,
    period: 524288,
  }));
  const expected = samples.map(([objects, bytes, rows]) => {
    const frames = rows.flatMap((row) =>
      locations[row % locations.length]!.map(([name, line]) => `${names[name % names.length]} file.go:${line}`),
    );
    return `${objects} ${bytes} @ ${frames.join(' < ')}`;
  });
  return { bytes, expected };
}

describe('decodeProfile', () => {
  test('reads back what another encoder wrote', () => {
    fc.assert(
      fc.property(profiles, fc.boolean(), ({ bytes, expected }, zipped) => {
        const table = decodeProfile(zipped ? gzipSync(bytes) : bytes);
        expect(spell(table)).toEqual(expected);
        expect(table.timeMs).toBe(1_700_000_000_123);
        expect(table.period).toBe(524288);
        expect(table.samples.labels).toEqual(expected.map(() => ({ key: 'bytes', value: '48' })));
      }),
      { numRuns: 200 },
    );
  });

  test('keeps negative and large values exact, and refuses what has no exact number', () => {
    const heap = (value: bigint) =>
      profileOf([['inuse_space', 'bytes']], () => ({ sample: [new Sample({ locationId: [], value: [value] })] }));
    for (const value of [-1n, -(2n ** 53n) + 1n, 2n ** 53n - 1n, 2n ** 40n, 268435456n]) {
      expect(decodeProfile(heap(value)).samples.values[0]![0]).toBe(Number(value));
    }
    expect(() => decodeProfile(heap(2n ** 53n))).toThrow(DecodeError);
    expect(() => decodeProfile(heap(-(2n ** 60n)))).toThrow(/a value between -2\^53 and 2\^53 at byte/);
  });

  test('a profile cut at any place is an error or a shorter profile, never another exception', () => {
    const raw = gunzipSync(recording('goroutine.pb.gz'));
    let errors = 0;
    for (let length = 0; length < raw.length; length++) errors += isError(raw.subarray(0, length)) ? 1 : 0;
    // Most cuts lose ids or strings that samples name.
    expect(errors).toBeGreaterThan(raw.length * 0.9);
    const packed = recording('goroutine.pb.gz');
    for (let length = 0; length < packed.length; length++) expect(isError(packed.subarray(0, length))).toBe(true);
    const text = recording('goroutine.txt');
    for (let length = 0; length < text.length; length++) isError(text.subarray(0, length));
  });

  test('flipped bytes are an error or another valid profile', () => {
    for (const name of ['heap-base.pb.gz', 'goroutine.pb.gz', 'goroutine.txt', 'heap-current.txt']) {
      const original = name.endsWith('.gz') ? gunzipSync(recording(name)) : recording(name).subarray(0, 6000);
      fc.assert(
        fc.property(
          fc.array(fc.tuple(fc.nat(original.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 }),
          (flips) => {
            const bytes = Uint8Array.from(original);
            for (const [at, byte] of flips) bytes[at] = byte;
            isError(bytes);
          },
        ),
        { numRuns: 400 },
      );
    }
  });

  test('random bytes in front of nothing are refused', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => void isError(bytes)),
      { numRuns: 500 },
    );
  });

  test('a gzip bomb stops at the limit', () => {
    const bomb = gzipSync(new Uint8Array(20_000_000));
    expect(() => decodeProfile(bomb, { maxDecompressedBytes: 1_000_000 })).toThrow(
      'gzip: expected at most 1000000 bytes when unpacked',
    );
  });

  test('a claim of many columns or rows is checked before anything is allocated', () => {
    // 60 sample types and 50,000 empty samples: 24 MB of columns asked for by 100 kB.
    const types = new Uint8Array(120).fill(0).map((_, index) => (index % 2 === 0 ? 0x0a : 0));
    const samples = new Uint8Array(100_000).map((_, index) => (index % 2 === 0 ? 0x12 : 0));
    expect(() => decodeProfile(Uint8Array.from([...types, ...samples]))).toThrow(/60 values in each of 50000 samples/);
    expect(() => decodeProfile(Uint8Array.from([0x0a, 0x02, 0x08, 0x01, 0x12, 0xff, 0xff, 0xff, 0xff, 0x07]))).toThrow(
      /at most 0 bytes/,
    );
  });

  test('what is no profile is named', () => {
    const messages: [string, Uint8Array][] = [
      ['it is empty', bytesOf('')],
      ['it is an HTML page', bytesOf('<!doctype html><html>')],
      ['it is JSON', bytesOf('{"cmdline":[]}')],
      ['it is an ELF binary or core file', Uint8Array.from([0x7f, 0x45, 0x4c, 0x46, 2, 1])],
      ['it is a zip file', Uint8Array.from([0x50, 0x4b, 3, 4])],
      ['it is a goroutine dump', bytesOf('goroutine 1 [running]:\nmain.main()\n')],
      ['it unpacks to an HTML page', gzipSync('<html></html>')],
      ['it is neither a profile nor anything else', bytesOf('404 page not found\n')],
    ];
    for (const [message, bytes] of messages) expect(() => decodeProfile(bytes)).toThrow(message);
  });

  test('a CPU profile is decoded, and refused by name where a heap profile is wanted', () => {
    const cpu = profileOf([
      ['samples', 'count'],
      ['cpu', 'nanoseconds'],
    ]);
    const table = decodeProfile(cpu);
    expect(table.kind).toBe('cpu');
    expect(() => requireKind(table, ['heap'], 'now.pb.gz')).toThrow(
      'now.pb.gz is a CPU profile, expected a heap profile',
    );
    expect(() => requireKind(table, ['heap'], 'now.pb.gz')).toThrow(KnownError);
  });

  test('heap profiles of other languages are refused as text and marked as protobuf', () => {
    expect(() => decodeProfile(bytesOf('heap profile: 1: 8 [1: 8] @ heapprofile\n1: 8 [1: 8] @ 0x1\n'))).toThrow(
      /written by another allocator/,
    );
    const { bytes } = encodeWithOracle({
      names: ['std::vector<int>::push_back', 'malloc'],
      locations: [[[0, 1]]],
      samples: [[1, 8, [0]]],
      idStep: 1,
    });
    expect(decodeProfile(bytes).warnings.join()).toMatch(/may be a profile of another language/);
  });

  test('text records are scaled as runtime/pprof scales them', () => {
    const table = decodeProfile(
      bytesOf(
        [
          'heap profile: 2: 128 [3: 192] @ heap/1048576',
          '2: 128 [3: 192] @ 0x4b0e6c 0x43a1f2',
          '#\t0x4b0e6b\tmain.grow+0x4b\t\t/srv/my app/main.go:12',
          '#\t0x43a1f1\tmain.main+0x11\t\t/srv/my app/main.go:30',
          '',
          '',
          '# runtime.MemStats',
          '# Alloc = 1',
        ].join('\n'),
      ),
    );
    // 64-byte objects at 512 KiB: one sample stands for 8192.5 objects.
    expect(spell(table)).toEqual([
      '24577 1572960 16385 1048640 @ main.grow /srv/my app/main.go:12 < main.main /srv/my app/main.go:30',
    ]);
    expect(table.period).toBe(524288);
    expect(table.samples.labels).toEqual([{ key: 'bytes', value: '64' }]);
    expect(table.warnings).toEqual([]);
  });

  test('a text profile that ends early says so', () => {
    const text = recording('heap-current.txt').toString();
    const cut = text.slice(0, text.lastIndexOf('\n\n', text.length / 2) + 2);
    expect(decodeProfile(bytesOf(cut)).warnings.join()).toMatch(/cut off or was changed: its records hold \d+ of \d+/);
  });
});

test('sniffInput tells raw protobuf from text that starts with a line feed', () => {
  expect(sniffInput(gunzipSync(recording('heap-base.pb.gz')))).toBe('protobuf');
  expect(sniffInput(bytesOf('\n<html>'))).toBe('html');
  expect(sniffInput(bytesOf('\n\n'))).toBe('empty');
  expect(sniffInput(bytesOf('\nheap profile: 0: 0 [0: 0] @ heap/8'))).toBe('heap-text');
  expect(sniffInput(bytesOf('panic: x\n\ngoroutine 7 gp=0xc0000 m=3 mp=0xc1 [chan receive]:\n'))).toBe(
    'goroutine-dump',
  );
});

/** True when it is refused with a DecodeError; any other exception fails the test. */
function isError(bytes: Uint8Array): boolean {
  try {
    spell(decodeProfile(bytes));
    return false;
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    return true;
  }
}
