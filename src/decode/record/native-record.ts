// The artefact `native-trace`: a NativeRecord as JSON, columns as lists. Written by capture, read here, in one file so that
// both sides stay one format.
import { DecodeError } from '../../base/errors.ts';
import type { CodePlace, NativeAllocator, NativeSiteNames, NativeTrace, NativeTraceSite } from '../../model/native.ts';
import type { NativeRecord } from '../../model/native-record.ts';
import { type JsonFields, parseJsonFields } from './json-fields.ts';

const format = 'native-trace';
const mostSites = 100_000;
const mostTicks = 100_000;
const allocators = Object.keys({
  malloc: true,
  calloc: true,
  realloc: true,
  posix_memalign: true,
  aligned_alloc: true,
  memalign: true,
  'operator new': true,
  mmap: true,
  'mmap-file': true,
  'page-fault': true,
  unknown: true,
} satisfies Readonly<Record<NativeAllocator, true>>) as readonly NativeAllocator[];

const probes: readonly NativeTrace['probe'][] = ['malloc', 'memleak', 'page-faults', 'mappings'];

export function encodeNativeRecord(record: NativeRecord): string {
  return JSON.stringify(record, (_, value: unknown) => (value instanceof Float64Array ? [...value] : value));
}

/** Throws DecodeError that names the field. */
export function decodeNativeRecord(text: string): NativeRecord {
  const root = parseJsonFields(format, text);
  const trace = root.maybeFields('trace');
  const sites = trace === undefined ? [] : trace.list('sites');
  const names = root.list('names');
  const allocator = root.maybeFields('allocator');
  if (sites.length > mostSites || names.length !== sites.length)
    throw new DecodeError(format, 0, 'one name for each site');
  return {
    probe: root.oneOf('probe', [...probes, 'smaps']),
    trace: trace === undefined ? undefined : traceOf(trace, sites),
    names: names.map(namesOf),
    memory: root.list('memory').map((sample) => ({
      atMs: sample.number('atMs'),
      nativeBytes: sample.number('nativeBytes'),
      goHeapBytes: sample.number('goHeapBytes'),
    })),
    usesCgo: root.maybeFlag('usesCgo'),
    tracer: root.maybeText('tracer'),
    allocator: allocator === undefined ? undefined : { object: allocator.text('object') },
    warnings: root.texts('warnings'),
  };
}

function traceOf(trace: JsonFields, sites: readonly JsonFields[]): NativeTrace {
  const atMs = columnOf(trace, 'atMs', undefined);
  if (atMs.length > mostTicks) throw new DecodeError(format, 0, `at most ${mostTicks} ticks`);
  const hits = trace.fields('hits');
  return {
    probe: trace.oneOf('probe', probes),
    atMs,
    sites: sites.map((site) => siteOf(site, atMs.length)),
    hits: {
      allocations: hits.number('allocations'),
      releases: hits.number('releases'),
      mappings: hits.number('mappings'),
      cgocalls: hits.number('cgocalls'),
      pageFaults: hits.number('pageFaults'),
    },
    olderReleases: trace.number('olderReleases'),
    lostBlocks: trace.number('lostBlocks'),
    namelessBytes: trace.number('namelessBytes'),
    isFull: trace.maybeFlag('isFull') ?? false,
    complete: trace.maybeFlag('complete') ?? false,
    warnings: trace.texts('warnings'),
  };
}

function siteOf(site: JsonFields, ticks: number): NativeTraceSite {
  return {
    allocator: site.oneOf('allocator', allocators),
    cAddress: site.number('cAddress'),
    goAddresses: site.numbers('goAddresses'),
    callAddresses: site.numbers('callAddresses'),
    bytes: columnOf(site, 'bytes', ticks),
    counts: columnOf(site, 'counts', ticks),
    allocatedBytes: site.maybeNumber('allocatedBytes'),
    allocatedCount: site.maybeNumber('allocatedCount'),
    bornBytes: site.has('bornBytes') ? columnOf(site, 'bornBytes', undefined) : undefined,
    keptBytes: site.has('keptBytes') ? columnOf(site, 'keptBytes', undefined) : undefined,
    oldestMs: site.maybeNumber('oldestMs'),
  };
}

function columnOf(fields: JsonFields, name: string, length: number | undefined): Float64Array {
  const column = Float64Array.from(fields.numbers(name));
  if (length !== undefined && column.length !== length) throw new DecodeError(format, 0, `${length} values of ${name}`);
  return column;
}

function namesOf(names: JsonFields): NativeSiteNames {
  const goCaller = names.maybeFields('goCaller');
  const cCaller = names.maybeFields('cCaller');
  return {
    goCaller: goCaller === undefined ? undefined : placeOf(goCaller),
    goStack: names.list('goStack').map(placeOf),
    cCaller: cCaller === undefined ? undefined : placeOf(cCaller),
    via: names.maybeText('via'),
    own: names.oneOf('own', ['program', 'go-runtime', 'c-library']),
  };
}

function placeOf(place: JsonFields): CodePlace {
  return {
    function: place.maybeText('function'),
    file: place.maybeText('file'),
    line: place.maybeNumber('line'),
    object: place.maybeText('object'),
    address: place.number('address'),
  };
}
