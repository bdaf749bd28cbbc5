// /proc/PID/maps of a traced process: which file is where. Source: proc_pid_maps(5).
import { readFile } from 'node:fs/promises';

export interface Mapping {
  readonly start: number;
  readonly end: number;
  readonly executable: boolean;
  readonly fileOffset: number;
  readonly inode: string;
  /** As the target sees it; '' for anonymous memory. */
  readonly path: string;
}

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
