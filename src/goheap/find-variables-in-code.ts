// Variables of the runtime that look like any other number in memory, found by the code that uses them: functions keep their
// names in stripped binaries. A variable is what several functions have in common that share nothing else.
import { type CodeReferences, findCodeReferences } from './code-references.ts';
import type { RuntimeVariable } from './locate-runtime.ts';
import { type Memory, readWord } from './memory.ts';
import type { GoModule } from './module-data.ts';
import type { RuntimeLayout } from './runtime-layout.ts';

/** Addresses in memory. */
export interface FunctionRange {
  readonly start: number;
  readonly end: number;
}

export interface CodeSources {
  readonly memory: Memory;
  readonly layout: RuntimeLayout;
  readonly module: GoModule;
  readonly functionRange: (name: string) => FunctionRange | undefined;
}

const mostFunctionBytes = 1 << 20;

/**
 * What memory profiling depends on, the queues of finalizers and cleanups, who waits for locks. Checked against the names of binaries of Go
 * 1.19 to 1.27. The linker's switch is only looked at by a function from 1.20 on; cleanups are queued from 1.25 on.
 */
export function findVariablesInCode(sources: CodeSources): Partial<Record<RuntimeVariable, number>> {
  const { module } = sources;
  const referred = (name: string): CodeReferences | undefined => {
    const range = sources.functionRange(name);
    if (range === undefined || !(range.end > range.start) || range.end - range.start > mostFunctionBytes)
      return undefined;
    const bytes = sources.memory.read(range.start, range.end - range.start);
    return bytes && findCodeReferences({ bytes, address: range.start }, module.noptrdata, module.end);
  };
  const schedinit = referred('runtime.schedinit');
  const MemProfileRate =
    inCommon([referred('runtime.profilealloc'), schedinit]) ??
    inCommon([referred('runtime.profilealloc'), referred('runtime/pprof.writeHeapInternal')]);
  const mProfCycle = inCommon([
    referred('runtime.mProf_Flush'),
    referred('runtime.mProf_Malloc'),
    referred('runtime.gcMarkTermination'),
  ]);
  const disableMemoryProfiling =
    schedinit === undefined || MemProfileRate === undefined ? undefined : referredBefore(schedinit, MemProfileRate);
  const found: Partial<Record<RuntimeVariable, number | undefined>> = {
    MemProfileRate,
    mProfCycle,
    disableMemoryProfiling,
    // Both also know the mask of a block, which is no pointer. While it is 0, nothing was ever queued.
    allfin: inCommon([referred('runtime.queuefinalizer'), referred('runtime.markroot')], (address) => {
      const block = readWord(sources.memory, address) ?? 0;
      return block > 0 && sources.memory.read(block, 8) !== undefined;
    }),
    gcCleanups:
      sources.layout.structs.cleanupQueue === undefined
        ? undefined
        : inCommon([referred('runtime.freeSpecial'), referred('runtime.(*activeSweep).end')]),
    semtable: inCommon([referred('runtime.semacquire1'), referred('runtime.semrelease1')]),
  };
  return Object.fromEntries(Object.entries(found).filter(([, address]) => address !== undefined));
}

/** The one target that all of them have and that is accepted; undefined when there is none, or more than one. */
function inCommon(
  all: readonly (CodeReferences | undefined)[],
  accept: (address: number) => boolean = () => true,
): number | undefined {
  const [first, ...others] = all;
  if (first === undefined || others.some((one) => one === undefined)) return undefined;
  const shared = new Set(first.target);
  for (const other of others) {
    const targets = new Set(other!.target);
    for (const target of shared) if (!targets.has(target)) shared.delete(target);
  }
  const accepted = [...shared].filter(accept);
  return accepted.length === 1 ? accepted[0] : undefined;
}

/** `if disableMemoryProfiling { MemProfileRate = 0 }`: the flag is read right before the rate is set. */
function referredBefore({ length, target, pc }: CodeReferences, after: number): number | undefined {
  let at: number | undefined;
  for (let i = 0; i < length; i++) if (target[i] === after) at = Math.min(at ?? Number.POSITIVE_INFINITY, pc[i]!);
  let found = -1;
  for (let i = 0; at !== undefined && i < length; i++) {
    if (pc[i]! < at && at - pc[i]! < 32 && (found < 0 || pc[i]! > pc[found]!)) found = i;
  }
  return found < 0 ? undefined : target[found];
}
