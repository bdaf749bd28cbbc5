// A running Go process, ready to be read: its executable, where it was loaded, where its runtime keeps the heap.
import { readlink } from 'node:fs/promises';
import { CaptureError } from '../../base/errors.ts';
import type { GoTarget } from '../../goheap/heap-image.ts';
import { loadBiasOf } from '../../goheap/load-bias.ts';
import { openTarget } from '../../goheap/open-target.ts';
import { type GoProgram, readGoProgram } from '../../goheap/read-program.ts';
import { type FileSource, openFileSource } from '../file-source.ts';
import { type Mapping, readMappings } from '../native/process-maps.ts';
import { noSuchProcess, processStartMs } from '../read-process.ts';
import { openProcessMemory, type ProcessMemory } from './process-memory.ts';

export interface OpenProcess {
  readonly target: GoTarget;
  readonly program: GoProgram;
  readonly loadBias: number;
  close(): void;
}

/** Throws CaptureError when there is no such process or it may not be read. */
export async function openMemoryOf(pid: number): Promise<ProcessMemory> {
  if (process.platform !== 'linux') {
    throw new CaptureError('E-HEAP-PLATFORM', 'the heap of a process can be read on Linux only', {
      advice: 'Take a core or a case on the machine of the process and read that here.',
    });
  }
  if ((await processStartMs(pid)) === undefined) throw noSuchProcess(pid);
  return openProcessMemory(pid);
}

/** Closes the memory in the end, or when it throws: DecodeError or KnownError when it is not Go's, CaptureError. */
export async function openGoProcess(pid: number, memory: ProcessMemory): Promise<OpenProcess> {
  let exe: FileSource | undefined;
  try {
    exe = await openExecutable(pid);
    const program = await readGoProgram(exe);
    const loadBias = loadBiasOf(program.elf, executableMappings(await readMappings(pid), await executablePath(pid)));
    const target = openTarget(program, loadBias, memory);
    const close = (): void => {
      memory.close();
      exe?.close().catch(() => {});
    };
    return { target, program, loadBias, close };
  } catch (error) {
    memory.close();
    await exe?.close();
    // What looks like damage of a process that ends is its end.
    if ((await processStartMs(pid)) === undefined) throw noSuchProcess(pid);
    throw error;
  }
}

async function openExecutable(pid: number): Promise<FileSource> {
  try {
    return await openFileSource(`/proc/${pid}/exe`);
  } catch (cause) {
    throw new CaptureError('E-HEAP-RIGHTS', `the executable of pid ${pid} may not be read`, {
      advice: 'Run as the user of the process or as root (CAP_SYS_PTRACE).',
      cause,
    });
  }
}

/** As the kernel writes it in the list of mappings, too; undefined when it cannot be told. */
const executablePath = (pid: number): Promise<string | undefined> =>
  readlink(`/proc/${pid}/exe`).then(
    (path) => path.replace(/ \(deleted\)$/, ''),
    () => undefined,
  );

function executableMappings(mappings: readonly Mapping[], path: string | undefined) {
  // The first file that is mapped is the executable, as a rule: the kernel loads it before all else.
  const first = mappings.find((one) => one.path === path) ?? mappings.find((one) => one.path.startsWith('/'));
  return mappings
    .filter((one) => one.inode === first?.inode)
    .map((one) => ({ address: one.start, fileOffset: one.fileOffset }));
}
