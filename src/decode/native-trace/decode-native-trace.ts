// The text that our bpftrace script prints (src/capture/native/native-script.ts) → NativeTrace. Written for bpftrace 0.17 and
// 0.23, whose maps read alike:
//
//   leakline-native 1 malloc                     what was probed, and how often a tick comes
//   on NS · tick N NS · end NS                   the clock; maps that follow belong to that moment
//   @a[ID, BORN]: count C, average A, total T    asked for, by site and the tick before which it was born
//   @f[ID, BORN]: count C, average A, total T    released again
//   @id[KIND, ADDRESS, \n\tHEX name (object)…\n]: ID   what a site is
//   @am, @fm, @idm                               the same of mappings, which have the stack at the call before Go's
//   @hg: N                                       counters
//
// Text and not JSON, because bpftrace 0.17 prints stacks in JSON without their addresses.
import { DecodeError } from '../../base/errors.ts';
import type { NativeAllocator, NativeTrace, NativeTraceSite } from '../../model/native.ts';

/** Numbers in the script, in this order from 1. */
export const allocatorKinds = [
  'malloc',
  'calloc',
  'realloc',
  'posix_memalign',
  'aligned_alloc',
  'memalign',
  'operator new',
  'mmap',
  'page-fault',
  'mmap-file',
] as const satisfies readonly NativeAllocator[];
export type AllocatorKind = (typeof allocatorKinds)[number];

/** The tick before which a block was born is kept in six bits beside its size. */
export const mostTicks = 60;
const mostSites = 100_000;
const mostFrames = 127;

/** By site. Mappings count on a clock of their own, so their numbers could be those of others. */
type Cells = Map<string, Float64Array>;
const mappingPrefix = 'm';

/** The maps of one moment, by the tick of birth too: of the last moment only. */
interface Dump {
  readonly ns: number;
  readonly asked: Cells;
  readonly askedCount: Cells;
  readonly freed: Cells;
  readonly freedCount: Cells;
}

/** What is outstanding at one moment, by site. */
interface Look {
  readonly ns: number;
  readonly bytes: ReadonlyMap<string, number>;
  readonly counts: ReadonlyMap<string, number>;
}

/**
 * `mapKeys`: how many rows each of the kernel's maps had room for. Throws DecodeError when it is not such a text; a text that
 * was cut gives what it holds, and says so.
 */
export function decodeNativeTrace(text: string, mapKeys: number): NativeTrace {
  const head = /^leakline-native 1 (malloc|page-faults|mappings)$/m.exec(text);
  if (head === null) throw new DecodeError('native-trace', 0, 'the line `leakline-native 1 PROBE`');
  // A last line without its end may be half a number.
  const lines = text.slice(head.index, text.lastIndexOf('\n')).split('\n');
  const counters = new Map<string, number>();
  const looks: Look[] = [];
  let last: Dump | undefined;
  const sites: SiteKey[] = [];
  const warnings: string[] = [];
  let onNs: number | undefined;
  let ended = false;
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i]!;
    const clock = /^(on|tick \d+|end) (\d+)$/.exec(line);
    if (clock !== null) {
      const ns = Number(clock[2]);
      if (clock[1] === 'on') onNs = ns;
      else {
        if (last !== undefined) looks.push(lookOf(last));
        last = emptyDump(ns);
      }
      ended ||= clock[1] === 'end';
      continue;
    }
    const cell = /^@([af]m?)\[(\d+), (\d+)\]: count (\d+), average -?\d+, total (-?\d+)$/.exec(line);
    if (cell !== null) {
      if (last === undefined) throw new DecodeError('native-trace', head.index, 'a tick before the first map');
      addCell(last, cell, i);
      continue;
    }
    if (/^@idm?\[/.test(line)) {
      const { site, next } = readSite(lines, i);
      if (site !== undefined) sites.push(site);
      if (sites.length > mostSites) throw new DecodeError('native-trace', i, `at most ${mostSites} sites`);
      i = next;
      continue;
    }
    const counter = /^@(h[gx]|u|lost): (\d+)$/.exec(line);
    if (counter !== null) counters.set(counter[1]!, Number(counter[2]));
  }
  if (onNs === undefined) warnings.push('the trace ended before its window began');
  else if (!ended) warnings.push('the trace ended without its last maps');
  const start = onNs ?? 0;
  const complete = ended && /^done$/m.test(text);
  if (last !== undefined) looks.push(lookOf(last));
  const kept = distinctLooks(looks, start, complete);
  const atMs = Float64Array.from([0, ...kept.map((look) => (look.ns - start) / 1e6)]);
  const number = (name: string): number => counters.get(name) ?? 0;
  const asked = blocksOf(last?.askedCount) + number('lost');
  const probe = head[1] as 'malloc' | 'page-faults' | 'mappings';
  const named = new Set(sites.map((site) => site.id));
  return {
    probe,
    atMs,
    sites: last === undefined ? [] : siteTable(sites, kept, last, atMs),
    hits: {
      allocations: probe === 'malloc' ? asked : 0,
      releases: blocksOf(last?.freedCount) + number('u'),
      mappings: number('hx'),
      cgocalls: number('hg'),
      pageFaults: probe === 'page-faults' ? asked : 0,
    },
    olderReleases: number('u'),
    lostBlocks: number('lost'),
    namelessBytes: [...(looks.at(-1)?.bytes ?? [])].reduce((all, [id, bytes]) => all + (named.has(id) ? 0 : bytes), 0),
    isFull: rowsOf(last) >= mapKeys || sites.length >= mapKeys,
    complete,
    warnings,
  };
}

const sumOf = (row: Float64Array | undefined): number =>
  row === undefined ? 0 : row.reduce((total, value) => total + value, 0);

/** Mappings have a counter of their own, which knows the Go runtime's too. */
const blocksOf = (cells: Cells | undefined): number =>
  [...(cells ?? [])].reduce((all, [id, row]) => all + (id.startsWith(mappingPrefix) ? 0 : sumOf(row)), 0);

const emptyDump = (ns: number): Dump => ({
  ns,
  asked: new Map(),
  askedCount: new Map(),
  freed: new Map(),
  freedCount: new Map(),
});

/** Of the larger of both maps; a birth without bytes has no row. */
const rowsOf = (dump: Dump | undefined): number =>
  Math.max(
    0,
    ...(dump === undefined ? [] : [dump.askedCount, dump.freedCount]).map((cells) =>
      [...cells.values()].reduce((rows, row) => rows + row.filter((count) => count > 0).length, 0),
    ),
  );

/** The two maps are printed one after the other: what was released in between may be more than was asked for. */
function lookOf(dump: Dump): Look {
  const outstanding = (asked: Cells, freed: Cells): ReadonlyMap<string, number> =>
    new Map(
      [...asked].map(([id, row]) => {
        const gone = freed.get(id);
        return [id, row.reduce((all, value, born) => all + Math.max(0, value - (gone?.[born] ?? 0)), 0)];
      }),
    );
  return {
    ns: dump.ns,
    bytes: outstanding(dump.asked, dump.freed),
    counts: outstanding(dump.askedCount, dump.freedCount),
  };
}

function addCell(dump: Dump, cell: RegExpExecArray, line: number): void {
  const [, map, number, bornText, count, total] = cell;
  const id = map!.endsWith('m') ? mappingPrefix + number : number!;
  const born = Number(bornText);
  if (born > mostTicks) throw new DecodeError('native-trace', line, `a tick of at most ${mostTicks}`);
  const into = (cells: Cells, value: number): void => {
    let row = cells.get(id);
    if (row === undefined) {
      if (cells.size >= mostSites) throw new DecodeError('native-trace', line, `at most ${mostSites} sites`);
      row = new Float64Array(mostTicks + 1);
      cells.set(id, row);
    }
    row[born] = value;
  };
  into(map![0] === 'a' ? dump.asked : dump.freed, Number(total));
  into(map![0] === 'a' ? dump.askedCount : dump.freedCount, Number(count));
}

/**
 * After a whole window nothing counts from the last tick on: the maps at the end are those of that tick, however long
 * bpftrace took to get there. After an interrupt they are a moment of their own, unless a tick came just before.
 */
function distinctLooks(looks: readonly Look[], startNs: number, complete: boolean): readonly Look[] {
  const filled = looks.filter((look) => look.ns > startNs);
  const last = filled.at(-1);
  const before = filled.at(-2);
  if (last === undefined || before === undefined) return filled;
  if (complete) return [...filled.slice(0, -2), { ...last, ns: before.ns }];
  const period = (before.ns - startNs) / (filled.length - 1);
  return last.ns - before.ns < period / 3 ? [...filled.slice(0, -2), last] : filled;
}

interface SiteKey {
  /** As text: ids are clock readings of 64 bits. */
  readonly id: string;
  readonly kind: number;
  readonly cAddress: number;
  readonly stacks: readonly (readonly number[])[];
}

/** `@id[KIND, ADDRESS, STACK…]: ID`, over several lines; stacks are separated by a line that holds a comma. */
function readSite(
  lines: readonly string[],
  start: number,
): { readonly site: SiteKey | undefined; readonly next: number } {
  const prefix = lines[start]!.startsWith('@idm') ? mappingPrefix : '';
  const open = /^@idm?\[(\d+), (-?\d+)(, (.*))?$/.exec(lines[start]!);
  const oneLine = /^@idm?\[(\d+), (-?\d+)\]: (\d+)$/.exec(lines[start]!);
  if (oneLine !== null) {
    const [, kind, address, id] = oneLine;
    return { site: { id: prefix + id, kind: Number(kind), cAddress: unsigned(address!), stacks: [] }, next: start };
  }
  if (open === null) return { site: undefined, next: start };
  const stacks: number[][] = [[]];
  for (let i = start; i < lines.length; i++) {
    const line = i === start ? (open[4] ?? '') : lines[i]!;
    const close = /(?:^|\s|0)\]: (\d+)$/.exec(line);
    const frame = /^\s+([0-9a-f]+)(?:\s|$)/.exec(line);
    if (frame !== null && stacks.at(-1)!.length < mostFrames) stacks.at(-1)!.push(Number.parseInt(frame[1]!, 16));
    else if (/^\s*0?, ?0?$/.test(line) && i > start) stacks.push([]);
    if (close !== null) {
      const site = { id: prefix + close[1], kind: Number(open[1]), cAddress: unsigned(open[2]!), stacks };
      return { site, next: i };
    }
  }
  return { site: undefined, next: lines.length };
}

/** bpftrace prints some 64-bit values as signed; an address of user space never is negative. */
const unsigned = (text: string): number => Math.max(0, Number(text));

function siteTable(
  keys: readonly SiteKey[],
  looks: readonly Look[],
  last: Dump,
  atMs: Float64Array,
): NativeTraceSite[] {
  const none = new Float64Array(mostTicks + 1);
  const outstanding = (asked: Cells, freed: Cells, id: string, born: number): number =>
    Math.max(0, (asked.get(id) ?? none)[born]! - (freed.get(id) ?? none)[born]!);
  const births = Array.from({ length: mostTicks + 1 }, (_, born) => born);
  return keys.flatMap((key): NativeTraceSite[] => {
    const { id } = key;
    if (!last.asked.has(id)) return [];
    const series = (column: 'bytes' | 'counts'): Float64Array =>
      Float64Array.from([0, ...looks.map((look) => look[column].get(id) ?? 0)]);
    const cohorts = births.slice(0, atMs.length);
    const keptBytes = Float64Array.from(cohorts, (born) => outstanding(last.asked, last.freed, id, born));
    const keptCounts = cohorts.map((born) => outstanding(last.askedCount, last.freedCount, id, born));
    const oldest = keptCounts.findIndex((count) => count > 0);
    const [first = [], second = []] = key.stacks;
    const allocator = allocatorKinds[key.kind - 1] ?? 'unknown';
    const taken = key.id.startsWith(mappingPrefix) || allocator === 'page-fault';
    return [
      {
        allocator,
        cAddress: key.cAddress,
        callAddresses: taken ? first : [],
        goAddresses: taken ? second : first,
        bytes: series('bytes'),
        counts: series('counts'),
        allocatedBytes: sumOf(last.asked.get(id)),
        allocatedCount: sumOf(last.askedCount.get(id)),
        bornBytes: (last.asked.get(id) ?? none).slice(0, atMs.length),
        keptBytes,
        oldestMs: oldest < 0 ? undefined : atMs.at(-1)! - atMs[Math.min(oldest, atMs.length - 1)]!,
      },
    ];
  });
}
