// /proc/PID/maps and smaps of a traced process: which file is where, and how much memory is not of the Go heap.
// Source: proc_pid_maps(5), proc_pid_smaps(5). Go's heap lies between 4 GiB and 70 TiB on linux/amd64 and arm64 (0xc000000000
// up to Go 1.25, random from 1.26 on); brk is below or at 0x55…, mapped memory at 0x7f….
import { readFile } from 'node:fs/promises';
import type { NativeMemorySample } from '../../model/native.ts';

export interface Mapping {
  readonly start: number;
  readonly end: number;
  readonly executable: boolean;
  readonly fileOffset: number;
  readonly inode: string;
  /** As the target sees it; '' for anonymous memory. */
  readonly path: string;
}

const goHeapFrom = 0x1_0000_0000;
const goHeapTo = 0x4000_0000_0000;
const mostMapBytes = 256 * 1024 * 1024;

/** Throws what the system throws when it may not be read. */
export async function readMappings(pid: number): Promise<readonly Mapping[]> {
  return parseMappings(await readFile(`/proc/${pid}/maps`, 'utf8'));
}

export function parseMappings(text: string): readonly Mapping[] {
  return text.split('\n').flatMap((line): Mapping[] => {
    const match = /^([0-9a-f]+)-([0-9a-f]+) (\S{4}) ([0-9a-f]+) (\S+) (\d+)\s*(.*)$/.exec(line);
    if (match === null) return [];
    const [, start, end, rights, offset, device, inode, path] = match;
    return [
      {
        start: Number.parseInt(start!, 16),
        end: Number.parseInt(end!, 16),
        executable: rights![2] === 'x',
        fileOffset: Number.parseInt(offset!, 16),
        inode: `${device} ${inode}`,
        path: path!.replace(/ \(deleted\)$/, ''),
      },
    ];
  });
}

/** Resident anonymous memory, the Go heap's and the rest; undefined when smaps cannot be read. */
export async function sampleNativeMemory(pid: number, atMs: number): Promise<NativeMemorySample | undefined> {
  const text = await readFile(`/proc/${pid}/smaps`, 'utf8').catch(() => undefined);
  return text === undefined || text.length === 0 || text.length > mostMapBytes
    ? undefined
    : parseNativeMemory(text, atMs);
}

export function parseNativeMemory(text: string, atMs: number): NativeMemorySample {
  let nativeBytes = 0;
  let goHeapBytes = 0;
  let start = 0;
  for (const line of text.split('\n')) {
    const head = /^([0-9a-f]+)-[0-9a-f]+ \S{4} /.exec(line);
    if (head !== null) {
      start = Number.parseInt(head[1]!, 16);
      continue;
    }
    const anonymous = /^Anonymous:\s+(\d+) kB/.exec(line);
    if (anonymous === null) continue;
    const bytes = Number(anonymous[1]) * 1024;
    if (start >= goHeapFrom && start < goHeapTo) goHeapBytes += bytes;
    else nativeBytes += bytes;
  }
  return { atMs, nativeBytes, goHeapBytes };
}
