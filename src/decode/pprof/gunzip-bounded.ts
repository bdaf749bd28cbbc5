// Unpacks gzip with a limit, so that a small hostile file cannot fill the memory.
// Source of the format: RFC 1952; several members after each other are one stream, as `cat a.gz b.gz` makes them.
import { gunzipSync } from 'node:zlib';
import { DecodeError } from '../../base/errors.ts';

export const defaultMaxDecompressedBytes = 2 ** 30;

/** The unpacked bytes; a DecodeError when they are damaged, cut off or more than `maxBytes`. */
export function gunzipBounded(bytes: Uint8Array, maxBytes: number): Uint8Array {
  try {
    return gunzipSync(bytes, { maxOutputLength: maxBytes, chunkSize: chunkBytes(bytes, maxBytes) });
  } catch (cause) {
    const code = (cause as { code?: unknown }).code;
    if (code === 'ERR_BUFFER_TOO_LARGE') {
      throw new DecodeError('gzip', bytes.length, `at most ${maxBytes} bytes when unpacked`, {
        advice: 'The file unpacks to more than the limit. A profile of that size is unusual: is it the right file?',
        cause,
      });
    }
    const cut = code === 'Z_BUF_ERROR';
    const expected = cut ? 'the rest of the gzip stream (the file is cut off)' : 'an undamaged gzip stream';
    throw new DecodeError('gzip', cut ? bytes.length : 0, expected, { advice: 'Take the profile again.', cause });
  }
}

/**
 * The last four bytes claim the unpacked size. One buffer of that size saves zlib from joining many; the claim is only
 * believed as far as deflate can reach (1032:1) and the limit allows.
 */
function chunkBytes(bytes: Uint8Array, maxBytes: number): number {
  if (bytes.length < 18) return 1024;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const claimed = view.getUint32(bytes.length - 4, true);
  return Math.max(1024, Math.min(claimed + 64, bytes.length * 1032, maxBytes, 2 ** 29));
}
