// Memory and a program become a target: the runtime's variables are found, and it is made sure that the two belong together.
import { KnownError } from '../base/errors.ts';
import type { MemorySource } from '../base/memory-source.ts';
import { namesOfDebugInfo } from './debug-facts.ts';
import { functionRangesOf } from './function-range.ts';
import type { GoTarget } from './heap-image.ts';
import { locateRuntime, type RuntimeAddresses } from './locate-runtime.ts';
import { memoryOf } from './memory-of-source.ts';
import { readModules } from './module-data.ts';
import { namesOfSymbols } from './names-of-symbols.ts';
import type { GoProgram } from './read-program.ts';
import type { RuntimeLayout } from './runtime-layout.ts';
import { readWaitReasons } from './wait-reasons.ts';

/**
 * `known` are addresses that were found before, when more of the memory was there. Throws KnownError when the runtime cannot be found in the memory, or when the memory is of another program.
 */
export function openTarget(
  program: GoProgram,
  loadBias: number,
  memory: MemorySource,
  known?: RuntimeAddresses,
): GoTarget {
  const { code } = program;
  const addresses = known ?? locate(program, loadBias, memory);
  const layout = withWaitReasons(program, loadBias, memory);
  const at = addresses.firstmoduledata;
  if (memoryOf(memory).read(at, layout.structs.moduledata.sizeBytes) === undefined) {
    throw new KnownError('E-HEAP-LEFT-OUT', `the program's own data (at 0x${at.toString(16)}) is not in this memory`, {
      advice: 'A core needs all private mappings: echo 0x33 > /proc/PID/coredump_filter, then gcore PID.',
    });
  }
  const [main] = readModules(memoryOf(memory), layout, at);
  const { textStart, textEnd } = code.table;
  if (main === undefined || main.text !== textStart + loadBias || main.maxpc !== textEnd + loadBias) {
    throw new KnownError('E-HEAP-WRONG-EXE', 'this executable is not the one whose memory this is', {
      advice: 'Give the very file that ran, not a later build of it: even the same source gives other addresses.',
    });
  }
  return { memory, layout, addresses };
}

/** A layout that was made from debug information lacks the words: they stand in the memory. */
function withWaitReasons({ layout, debug }: GoProgram, loadBias: number, memory: MemorySource): RuntimeLayout {
  if (layout.waitReasons.length > 0 || debug === undefined) return layout;
  return { ...layout, waitReasons: readWaitReasons(memoryOf(memory), namesOfDebugInfo(debug), loadBias) };
}

function locate(program: GoProgram, loadBias: number, source: MemorySource): RuntimeAddresses {
  const { elf, layout, symbols, debug, code } = program;
  const functionRange = functionRangesOf(code.table, loadBias);
  const names = [namesOfSymbols(symbols), ...(debug === undefined ? [] : [namesOfDebugInfo(debug)])];
  return locateRuntime({ elf, loadBias, layout, memory: memoryOf(source), names, functionRange }).addresses;
}
