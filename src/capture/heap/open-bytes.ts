// A file that is read at once, by offset: a core is read while nothing else waits.
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { CaptureError } from '../../base/errors.ts';
import type { MemorySource } from '../../base/memory-source.ts';

export interface OpenBytes extends MemorySource {
  readonly size: number;
  close(): void;
}

/** Throws CaptureError when it cannot be opened. */
export function openBytes(path: string): OpenBytes {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch (cause) {
    throw new CaptureError('E-HEAP-FILE', `${path} cannot be read`, {
      advice: 'Check the path and that you may read the file.',
      cause,
    });
  }
  const { size } = fstatSync(file);
  return {
    size,
    readInto(offset, into) {
      let done = 0;
      while (done < into.length) {
        const count = readSync(file, into, done, into.length - done, offset + done);
        if (count === 0) break;
        done += count;
      }
      return done;
    },
    close: () => closeSync(file),
  };
}
