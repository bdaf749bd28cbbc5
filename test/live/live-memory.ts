// Memory of a running process for tests of decoders: read where it is, while the process goes on.
import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import type { ImageMapping } from '../../src/goheap/load-bias.ts';
import type { Memory } from '../../src/goheap/memory.ts';

export interface LiveMemory extends Memory {
  /** Mappings of the program's own file. */
  readonly imageMappings: readonly ImageMapping[];
  close(): void;
}

export function openLiveMemory(pid: number): LiveMemory {
  const file = openSync(`/proc/${pid}/mem`, 'r');
  const rows = readFileSync(`/proc/${pid}/maps`, 'utf8').split('\n');
  const mappings = rows.flatMap((row) => {
    const match = /^([0-9a-f]+)-\S+ \S+ ([0-9a-f]+) \S+ ([1-9]\d*)\s/.exec(row);
    return match === null
      ? []
      : [{ address: Number.parseInt(match[1]!, 16), fileOffset: Number.parseInt(match[2]!, 16) }];
  });
  return {
    imageMappings: mappings.slice(0, 1),
    read(address, length) {
      const bytes = new Uint8Array(length);
      try {
        return readSync(file, bytes, 0, length, address) === length ? bytes : undefined;
      } catch {
        return undefined;
      }
    },
    close: () => closeSync(file),
  };
}
