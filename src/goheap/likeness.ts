// Whether memory at an address looks like one of the runtime's structures: enough checks that chance does not pass them.
import { type Memory, uint32At, wordAt } from './memory.ts';
import type { GoModule } from './module-data.ts';
import type { RuntimeLayout } from './runtime-layout.ts';

export interface LikenessContext {
  readonly memory: Memory;
  readonly layout: RuntimeLayout;
  readonly module: GoModule;
}

const smallestStackBytes = 2048;
const largestStackBytes = 2 ** 30;
const mostPages = 2 ** 34;
const mostProfiledFrames = 1024;
const mostProcessorStates = 5;
const mostListEntries = 1 << 20;

export function looksLikeSpan({ memory, layout }: LikenessContext, address: number): boolean {
  const { mspan } = layout.structs;
  const bytes = memory.read(address, mspan.sizeBytes);
  if (bytes === undefined) return false;
  const start = wordAt(bytes, mspan.startAddr);
  const pages = wordAt(bytes, mspan.npages);
  const { pageSize, spanManual } = layout.constants;
  // A descriptor that is not in use keeps its last range, or has none.
  if (bytes[mspan.state]! > spanManual || !(pages < mostPages)) return false;
  return start % pageSize === 0 && (start > 0 || pages === 0);
}

export function looksLikeG({ memory, layout, module }: LikenessContext, address: number): boolean {
  const { g } = layout.structs;
  const bytes = memory.read(address, g.sizeBytes);
  if (bytes === undefined) return false;
  const low = wordAt(bytes, g.stackLo);
  const high = wordAt(bytes, g.stackHi);
  const state = layout.goroutineStates[uint32At(bytes, g.atomicstatus) & 0xfff] ?? '';
  const start = wordAt(bytes, g.startpc);
  if (state === '') return false;
  // A dead goroutine may have given its stack back; those kept for threads of C never began.
  const rests = state === 'dead' || state === 'deadextra';
  const hasStack = high - low >= smallestStackBytes && high - low <= largestStackBytes && low > 0;
  if (!hasStack && (low !== 0 || !rests)) return false;
  return (start >= module.text && start < module.etext) || (start === 0 && rests);
}

export function looksLikeP({ memory, layout }: LikenessContext, address: number, id: number): boolean {
  const { p } = layout.structs;
  const bytes = memory.read(address, p.sizeBytes);
  if (bytes === undefined || uint32At(bytes, p.id) !== id || uint32At(bytes, p.status) >= mostProcessorStates)
    return false;
  const cache = wordAt(bytes, p.mcache);
  const slice = p.sudogcache;
  // The cache of sudogs is a slice into an array of the p itself, of 128.
  return cache >= 0 && wordAt(bytes, slice + 8) <= 128 && wordAt(bytes, slice + 16) >= 128;
}

/** The head of the list of the heap profile: its stacks are in code, and the list ends. */
export function looksLikeBucket({ memory, layout, module }: LikenessContext, address: number): boolean {
  const { bucket } = layout.structs;
  let at = address;
  let seen = 0;
  for (; at !== 0 && seen < mostListEntries; seen++) {
    const bytes = memory.read(at, bucket.sizeBytes + 8);
    if (bytes === undefined || wordAt(bytes, bucket.typ) !== layout.constants.memProfile) return false;
    const frames = wordAt(bytes, bucket.nstk);
    if (!(frames > 0 && frames <= mostProfiledFrames) || !(wordAt(bytes, bucket.size) > 0)) return false;
    const pc = wordAt(bytes, bucket.sizeBytes);
    if (!(pc >= module.text && pc <= module.etext)) return false;
    at = wordAt(bytes, bucket.allnext);
  }
  return at === 0 && seen > 0;
}
