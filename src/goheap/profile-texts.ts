// What /debug/pprof/heap?debug=1, goroutine?debug=1 and goroutine?debug=2 would say, read from the memory of a process that
// serves no pprof. The same texts, so that everything after the capture is the same road.
// Source of the formats: runtime/pprof/pprof.go writeHeapInternal, printCountProfile; runtime/traceback.go.
//
// The target runs on meanwhile. Buckets of the profile are only ever added to; goroutines that wait stand still. Those that
// run are left out: where they stand cannot be known, and they do not leak.
import { type GoSymbols, goFramesAt } from '../decode/pclntab/go-frames.ts';
import type { Frame } from '../model/stacks.ts';
import { createFramePlans } from './frame-plans.ts';
import { type GoroutineTable, readGoroutines } from './goroutine-table.ts';
import { readHeapBuckets } from './heap-buckets.ts';
import type { GoTarget } from './heap-image.ts';
import { type SamplingRate, samplingGap } from './heap-profile.ts';
import { memoryOf } from './memory-of-source.ts';
import { readModules } from './module-data.ts';
import type { GoProgram } from './read-program.ts';
import { unwindStack } from './unwind.ts';

const defaultRateBytes = 512 * 1024;
const mostStackBytes = 64 * 1024 * 1024;
/** More goroutines are not unwound one by one: the counts of the rest are added to a group without a stack. */
const mostUnwound = 200_000;

export interface ProfileTexts {
  /** The heap profile as of the last collection; a sentence when the program keeps none. */
  heap(rate: SamplingRate): Promise<{ readonly text: string } | { readonly gap: string }>;
  goroutines(options: {
    readonly dump: boolean;
    /** runtime.nanotime() now. */
    readonly nowNs: number;
  }): Promise<{ readonly profile: string; readonly dump: string | undefined; readonly count: number }>;
}

export function createProfileTexts(target: GoTarget, program: GoProgram, loadBias: number): ProfileTexts {
  const names = createFrameNames(program.code, loadBias);
  const memory = memoryOf(target.memory);
  const { layout, addresses } = target;
  return {
    async heap(rate) {
      const buckets =
        addresses.mbuckets === undefined
          ? undefined
          : readHeapBuckets(memory, layout, { mbuckets: addresses.mbuckets, mProfCycle: addresses.mProfCycle });
      const gap = samplingGap(rate, buckets?.length);
      if (buckets === undefined || gap !== undefined) return { gap: gap ?? 'its heap profile was not found in memory' };
      const lines: string[] = [];
      const totals = [0, 0, 0, 0];
      for (let row = 0; row < buckets.length; row++) {
        const counts = [
          buckets.allocated[row]! - buckets.freed[row]!,
          buckets.allocatedBytes[row]! - buckets.freedBytes[row]!,
          buckets.allocated[row]!,
          buckets.allocatedBytes[row]!,
        ] as const;
        for (const [i, count] of counts.entries()) totals[i]! += count;
        const pcs = [...buckets.pc.subarray(buckets.pcStart[row]!, buckets.pcStart[row + 1]!)];
        lines.push(`${counts[0]}: ${counts[1]} [${counts[2]}: ${counts[3]}] @${addressList(pcs)}`);
        // The runtime wrote one address for each inlined call, too; frames of its own in front are not shown.
        const frames = await Promise.all(pcs.map(async (pc) => ({ pc, frame: (await names.at(pc, true))[0] })));
        const first = frames.findIndex(({ frame }) => !isRuntime(frame));
        for (const { pc, frame } of frames.slice(Math.max(0, first))) lines.push(frameLine(pc, frame));
        lines.push('');
      }
      const period = 2 * (rate.bytes ?? defaultRateBytes);
      return {
        text: `heap profile: ${totals[0]}: ${totals[1]} [${totals[2]}: ${totals[3]}] @ heap/${period}\n${lines.join('\n')}\n# runtime.MemStats\n`,
      };
    },
    async goroutines({ dump, nowNs }) {
      const table = readGoroutines(target.memory, layout, addresses.allgs, []);
      const stacks = unwindAll(target, program, loadBias, table);
      const profile: string[] = [];
      for (const { pcs, rows } of groupsOf(stacks)) {
        profile.push(`${rows.length} @${addressList(pcs)}`);
        for (const [depth, pc] of pcs.entries())
          for (const frame of await names.at(pc, depth > 0)) profile.push(frameLine(pc, frame));
        profile.push('');
      }
      return {
        profile: `goroutine profile: total ${stacks.size}\n${profile.join('\n')}\n`,
        dump: dump ? await dumpText(target, table, stacks, names, nowNs) : undefined,
        count: table.length,
      };
    },
  };
}

interface FrameNames {
  /** Innermost first; `called`: pc is a return address. */
  at(pc: number, called: boolean): Promise<readonly Frame[]>;
}

function createFrameNames(code: GoSymbols, loadBias: number): FrameNames {
  const known = new Map<number, readonly Frame[]>();
  return {
    async at(pc, called) {
      const place = pc - loadBias - (called ? 1 : 0);
      let frames = known.get(place);
      if (frames === undefined) {
        frames = pc === 0 ? [] : await goFramesAt(code, place);
        known.set(place, frames);
      }
      return frames;
    },
  };
}

const isRuntime = (frame: Frame | undefined): boolean => frame?.functionName.startsWith('runtime.') === true;
const addressList = (pcs: readonly number[]): string => pcs.map((pc) => ` 0x${pc.toString(16)}`).join('');
const frameLine = (pc: number, frame: Frame | undefined): string =>
  `#\t0x${pc.toString(16)}\t${frame?.functionName || 'unknown'}+0x0\t${frame?.file || '?'}:${frame?.line ?? 0}`;

/** Return addresses by row of the table, innermost first. */
function unwindAll(
  target: GoTarget,
  { code }: GoProgram,
  loadBias: number,
  table: GoroutineTable,
): ReadonlyMap<number, readonly number[]> {
  const { memory, layout, addresses } = target;
  const [main] = readModules(memoryOf(memory), layout, addresses.firstmoduledata);
  const stacks = new Map<number, readonly number[]>();
  if (main === undefined) return stacks;
  const plans = createFramePlans(code.table, main, loadBias, memory);
  for (let row = 0; row < Math.min(table.length, mostUnwound); row++) {
    const sp = table.sp[row]!;
    const high = table.stackHigh[row]!;
    if (table.lost[row] === 1 || !(high > sp) || high - sp > mostStackBytes) continue;
    const bytes = new Uint8Array(high - sp);
    if (memory.readInto(sp, bytes) < bytes.length) continue;
    const pcs: number[] = [];
    const end = unwindStack(
      { start: sp, view: new DataView(bytes.buffer) },
      { sp, pc: table.pc[row]!, anywhere: false, lost: false },
      plans,
      { frame: (frame) => frame.pc !== 0 && pcs.push(frame.pc), pointer: () => {} },
    );
    // It moved while it was read: it runs.
    if (end === 'complete' && pcs.length > 0) stacks.set(row, pcs);
  }
  return stacks;
}

function groupsOf(stacks: ReadonlyMap<number, readonly number[]>) {
  const groups = new Map<string, { pcs: readonly number[]; rows: number[] }>();
  for (const [row, pcs] of stacks) {
    const key = pcs.join(' ');
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { pcs, rows: [row] });
    else group.rows.push(row);
  }
  return [...groups.values()].sort((a, b) => b.rows.length - a.rows.length);
}

async function dumpText(
  { layout }: GoTarget,
  table: GoroutineTable,
  stacks: ReadonlyMap<number, readonly number[]>,
  names: FrameNames,
  nowNs: number,
): Promise<string> {
  const parts: string[] = [];
  for (const [row, pcs] of stacks) {
    const minutes = table.waitSince[row]! > 0 ? Math.floor((nowNs - table.waitSince[row]!) / 60e9) : 0;
    const status = layout.goroutineStates[table.status[row]!] ?? 'unknown';
    const reason = status === 'waiting' ? layout.waitReasons[table.waitReason[row]!] || status : status;
    parts.push(`goroutine ${table.id[row]} [${reason}${minutes >= 1 ? `, ${minutes} minutes` : ''}]:`);
    for (const [depth, pc] of pcs.entries())
      for (const { functionName, file, line } of await names.at(pc, depth > 0))
        parts.push(`${functionName}(...)`, `\t${file}:${line} +0x0`);
    const [created] = table.id[row] === 1 ? [] : await names.at(table.goPc[row]!, true);
    if (created !== undefined)
      parts.push(`created by ${created.functionName}`, `\t${created.file}:${created.line} +0x0`);
    parts.push('');
  }
  return `${parts.join('\n')}\n`;
}
