// A file as a source of bytes by offset, for decoders that look at a few places of a large binary.
import { open } from 'node:fs/promises';
import type { ByteSource } from '../base/byte-source.ts';

export interface FileSource extends ByteSource {
  close(): Promise<void>;
}

/** Throws what the system throws when the file cannot be opened. */
export async function openFileSource(path: string): Promise<FileSource> {
  const file = await open(path, 'r');
  const { size } = await file.stat();
  return {
    size,
    async read(offset, length) {
      // Never more than there is: a length from a damaged header must not become an allocation.
      const wanted = Math.max(0, Math.min(length, size - offset));
      const bytes = new Uint8Array(wanted);
      let at = 0;
      while (at < wanted) {
        const { bytesRead } = await file.read(bytes, at, wanted - at, offset + at);
        if (bytesRead === 0) break;
        at += bytesRead;
      }
      return bytes.subarray(0, at);
    },
    close: () => file.close(),
  };
}
