// What do these bytes look like? So that a caller can say "this is an HTML page, not a profile" before anything fails
// deep inside a decoder. Looks at the first 64 KiB only.
import { readSmall, skipField } from '../../base/byte-reader.ts';
import { DecodeError } from '../../base/errors.ts';

export type InputLook =
  | 'gzip'
  | 'protobuf'
  | 'heap-text'
  | 'goroutine-text'
  | 'goroutineleak-text'
  | 'goroutine-dump'
  | 'threadcreate-text'
  | 'html'
  | 'json'
  | 'empty'
  | 'elf'
  | 'zip'
  | 'unknown';

const headBytes = 65536;
const dumpStart = /^goroutine \d+ (?:gp=\S+ m=\S+ (?:mp=\S+ )?)?\[/m;

export function sniffInput(bytes: Uint8Array): InputLook {
  if (bytes.length === 0) return 'empty';
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) return 'gzip';
  if (startsWith(bytes, [0x7f, 0x45, 0x4c, 0x46])) return 'elf';
  if (startsWith(bytes, [0x50, 0x4b, 0x03, 0x04])) return 'zip';
  const head = new TextDecoder().decode(bytes.subarray(0, headBytes));
  const text = head.trimStart();
  if (text.startsWith('heap profile:')) return 'heap-text';
  if (text.startsWith('goroutine profile:')) return 'goroutine-text';
  if (text.startsWith('goroutineleak profile:')) return 'goroutineleak-text';
  if (text.startsWith('threadcreate profile:')) return 'threadcreate-text';
  // A raw profile starts with 0x0a, which is also a line feed: the wire format is tried before any other text.
  if (looksLikeProfileMessage(bytes)) return 'protobuf';
  if (text === '' && bytes.length <= headBytes) return 'empty';
  if (text.startsWith('<')) return 'html';
  if (text.startsWith('{') || text.startsWith('[')) return 'json';
  if (dumpStart.test(head)) return 'goroutine-dump';
  return 'unknown';
}

/** A noun for a message: `this is ${lookName(look)}`. */
export function lookName(look: InputLook): string {
  const names: Record<InputLook, string> = {
    gzip: 'gzip data',
    protobuf: 'a protobuf profile',
    'heap-text': 'a heap profile in text form',
    'goroutine-text': 'a goroutine profile in text form',
    'goroutineleak-text': 'a goroutineleak profile in text form',
    'goroutine-dump': 'a goroutine dump (debug=2 or a crash traceback)',
    'threadcreate-text': 'a threadcreate profile in text form',
    html: 'an HTML page',
    json: 'JSON',
    empty: 'empty',
    elf: 'an ELF binary or core file',
    zip: 'a zip file',
    unknown: 'neither a profile nor anything else that is known here',
  };
  return names[look];
}

function startsWith(bytes: Uint8Array, magic: readonly number[]): boolean {
  return magic.every((byte, index) => bytes[index] === byte);
}

/** Wire type of the fields 1-15 of message Profile; a repeated integer may also come packed. */
const wireOf = [-1, 2, 2, 2, 2, 2, 2, 0, 0, 0, 0, 2, 0, 0, 0, 0];

function looksLikeProfileMessage(bytes: Uint8Array): boolean {
  const reader = { bytes, format: 'pprof', at: 0 };
  for (let fields = 0; fields < 8 && reader.at < bytes.length; fields++) {
    try {
      const tag = readSmall(reader, bytes.length, 'a tag');
      const field = tag >>> 3;
      if (field < 1 || field > 15) return false;
      if (wireOf[field] !== (tag & 7) && !(field === 13 && (tag & 7) === 2)) return false;
      skipField(reader, bytes.length, tag & 7);
    } catch (fault) {
      if (!(fault instanceof DecodeError)) throw fault;
      // Cut off inside a later field: still a profile, and the decoder says where it ends.
      return fields > 0;
    }
  }
  return true;
}
