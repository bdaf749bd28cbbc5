// Walks the heap in a core file. The executable belongs to it: a core does not hold the code, the constants and the debug
// information of a program.
import { performance } from 'node:perf_hooks';
import { CaptureError } from '../../base/errors.ts';
import { firstMemoryOf } from '../../base/memory-source.ts';
import { type CoreFile, decodeCore } from '../../decode/core/decode-core.ts';
import { buildHeapWalk } from '../../goheap/build-heap-walk.ts';
import { takeHeapImage } from '../../goheap/heap-image.ts';
import { imageMemory } from '../../goheap/image-memory.ts';
import { loadBiasOf } from '../../goheap/load-bias.ts';
import { openTarget } from '../../goheap/open-target.ts';
import { readGoProgram } from '../../goheap/read-program.ts';
import type { HeapWalk } from '../../model/heap-graph.ts';
import { type FileSource, openFileSource } from '../file-source.ts';
import { openBytes } from './open-bytes.ts';

export interface WalkCoreOptions {
  /** Told what happens, one short clause each. */
  readonly onProgress?: (what: string) => void;
}

/**
 * Without `exePath`, the executable is looked for where the process had it. Throws CaptureError when a file cannot be read or
 * the executable is another one, DecodeError when the core is damaged or cut.
 */
export async function walkCore(
  exePath: string | undefined,
  corePath: string,
  options: WalkCoreOptions = {},
): Promise<HeapWalk> {
  const started = performance.now();
  const file = openBytes(corePath);
  let exe: FileSource | undefined;
  let exeBytes: ReturnType<typeof openBytes> | undefined;
  try {
    const core = decodeCore(file);
    const path = exePath ?? executableOf(core, corePath);
    exeBytes = openBytes(path);
    exe = await openFileSource(path);
    const program = await readGoProgram(exe);
    const mappings = core.files.filter((one) => one.path === core.executable);
    const loadBias = loadBiasOf(
      program.elf,
      mappings.map((one) => ({ address: one.start, fileOffset: one.fileOffset })),
    );
    const memory = firstMemoryOf([core.memory, imageMemory(exeBytes, program.elf, loadBias)]);
    const target = openTarget(program, loadBias, memory);
    options.onProgress?.('building the graph');
    const image = takeHeapImage(target, { rehearsal: undefined, threads: () => core.threads, progress: () => {} });
    return await buildHeapWalk({
      image,
      program,
      loadBias,
      takenAtMs: Date.now(),
      pauseMs: 0,
      stopped: 'core',
      startedMs: started,
      nowNs: undefined,
      nowMs: () => performance.now(),
      gaps: image.contents.missingBytes === 0 ? [] : [leftOutOf(image.contents.missingBytes)],
      movedOn: undefined,
    });
  } finally {
    file.close();
    exeBytes?.close();
    await exe?.close();
  }
}

const leftOutOf = (bytes: number): string =>
  `${bytes} bytes of the heap are not in the core: it was written with a coredump_filter that leaves them out`;

function executableOf(core: CoreFile, corePath: string): string {
  if (core.executable !== undefined && core.executable !== '') return core.executable;
  throw new CaptureError('E-HEAP-NO-EXE', `${corePath} does not say which program it is of`, {
    advice: 'Name the executable: leakline core EXE CORE. It must be the very file that ran.',
  });
}
