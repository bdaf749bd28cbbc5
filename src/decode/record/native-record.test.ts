import { describe, expect, it } from 'vitest';
import type { NativeRecord } from '../../model/native-record.ts';
import { decodeNativeRecord, encodeNativeRecord } from './native-record.ts';

const place = { function: 'main.render', file: '/app/render.go', line: 40, object: '/srv/svc', address: 4096 };
const record: NativeRecord = {
  probe: 'malloc',
  trace: {
    probe: 'malloc',
    atMs: Float64Array.of(0, 1000, 2000),
    sites: [
      {
        allocator: 'malloc',
        cAddress: 8192,
        goAddresses: [4096, 4100],
        callAddresses: [],
        bytes: Float64Array.of(0, 10, 20),
        counts: Float64Array.of(0, 1, 2),
        allocatedBytes: 20,
        allocatedCount: undefined,
        bornBytes: Float64Array.of(10, 10),
        keptBytes: undefined,
        oldestMs: 1500,
      },
    ],
    hits: { allocations: 2, releases: 0, mappings: 0, cgocalls: 2, pageFaults: 0 },
    olderReleases: 0,
    lostBlocks: 0,
    namelessBytes: 0,
    isFull: true,
    complete: true,
    warnings: [],
  },
  names: [{ goCaller: place, goStack: [place], cCaller: undefined, via: 'C.CString', own: 'program' }],
  memory: [{ atMs: 1, nativeBytes: 2, goHeapBytes: 3 }],
  usesCgo: true,
  allocator: { object: '/lib/libc.so.6' },
  tracer: 'bpftrace 0.23.2',
  warnings: ['one'],
};

describe('a native trace in a case', () => {
  it('comes back as it was, what is not known included', () => {
    expect(decodeNativeRecord(encodeNativeRecord(record))).toEqual(record);
    const sizes = { ...record, probe: 'smaps' as const, trace: undefined, names: [] };
    expect(decodeNativeRecord(encodeNativeRecord(sizes))).toEqual(sizes);
  });

  it('names the field that is wrong, and takes nothing else for a trace', () => {
    const change = (field: string, value: unknown): string =>
      encodeNativeRecord({ ...record, [field]: value } as NativeRecord);
    expect(() => decodeNativeRecord(change('probe', 'magic'))).toThrow(/one of malloc.*native-trace\.probe/);
    expect(() => decodeNativeRecord(change('names', []))).toThrow(/one name for each site/);
    expect(() => decodeNativeRecord(change('trace', { ...record.trace, atMs: Float64Array.of(0, 1) }))).toThrow(
      /2 values of bytes/,
    );
    expect(() => decodeNativeRecord('[]')).toThrow(/an object/);
    expect(() => decodeNativeRecord('{')).toThrow(/JSON/);
  });

  it('breaks on no truncation', () => {
    const text = encodeNativeRecord(record);
    for (let end = 0; end < text.length; end += 3)
      expect(() => decodeNativeRecord(text.slice(0, end))).toThrow(/native-trace/);
  });
});
