// Any profile that Go's runtime/pprof writes (gzip or raw protobuf, or its debug=1 text) → one table of columns.
// What is no profile is named: an HTML page, JSON, a core file and so on.
import { DecodeError } from '../../base/errors.ts';
import type { ProfileTable } from '../../model/profile.ts';
import { decodeCountText } from './count-text.ts';
import { defaultMaxDecompressedBytes, gunzipBounded } from './gunzip-bounded.ts';
import { decodeHeapText } from './heap-text.ts';
import { decodeProto } from './proto.ts';
import { lookName, sniffInput } from './sniff-input.ts';

export interface DecodeProfileOptions {
  /** Default 1 GiB. */
  readonly maxDecompressedBytes?: number;
  /** False leaves labels out: on a heap profile they only repeat the object size. Default true. */
  readonly labels?: boolean;
}

export function decodeProfile(bytes: Uint8Array, options: DecodeProfileOptions = {}): ProfileTable {
  const maxBytes = options.maxDecompressedBytes ?? defaultMaxDecompressedBytes;
  if (bytes.length > maxBytes) throw new DecodeError('profile', maxBytes, 'the end of the profile');
  const packed = sniffInput(bytes) === 'gzip';
  const unpacked = packed ? gunzipBounded(bytes, maxBytes) : bytes;
  const look = sniffInput(unpacked);
  switch (look) {
    case 'protobuf':
      return decodeProto(unpacked, options.labels ?? true);
    case 'heap-text':
      return decodeHeapText(unpacked);
    case 'goroutine-text':
      return decodeCountText(unpacked, 'goroutine');
    case 'goroutineleak-text':
      return decodeCountText(unpacked, 'goroutineleak');
    case 'threadcreate-text':
      return decodeCountText(unpacked, 'threadcreate');
    default: {
      const found = `${packed ? 'it unpacks to ' : 'it is '}${lookName(look)}`;
      const advice = adviceFor(look);
      throw new DecodeError('profile', 0, `a pprof profile (${found})`, advice === undefined ? {} : { advice });
    }
  }
}

function adviceFor(look: ReturnType<typeof sniffInput>): string | undefined {
  if (look === 'html') return 'Is the address that of /debug/pprof/heap itself? An index, login or error page is HTML.';
  if (look === 'empty') return 'Nothing was written: was the capture interrupted, or the disk full?';
  if (look === 'goroutine-dump') return 'This is decoded as a goroutine dump, not as a profile.';
  if (look === 'json') return 'Is this /debug/vars or an error message of a proxy?';
  return undefined;
}
