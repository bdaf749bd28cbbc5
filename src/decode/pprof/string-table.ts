// The strings of a profile, decoded when asked for: of thousands of names a report shows a few dozen.
// Their bytes are copied together, so that the rest of the unpacked profile can be freed.
import { DecodeError } from '../../base/errors.ts';

export interface StringTable {
  readonly length: number;
  /** The string at an index that was checked before. */
  at(index: number): string;
}

/** `spans` are [start, end) pairs of `bytes`. */
export function stringTableOf(bytes: Uint8Array, spans: readonly number[], format: string): StringTable {
  const length = spans.length / 2;
  const start = new Int32Array(length + 1);
  for (let index = 0; index < length; index++) {
    start[index + 1] = start[index]! + spans[2 * index + 1]! - spans[2 * index]!;
  }
  if (length > 0 && start[1] !== 0) throw new DecodeError(format, spans[0]!, 'an empty first string');
  const text = new Uint8Array(start[length]!);
  for (let index = 0; index < length; index++) {
    text.set(bytes.subarray(spans[2 * index]!, spans[2 * index + 1]!), start[index]!);
  }
  const decoder = new TextDecoder();
  const decoded: (string | undefined)[] = [];
  return {
    length,
    at(index) {
      let value = decoded[index];
      if (value === undefined) {
        value = decoder.decode(text.subarray(start[index]!, start[index + 1]!));
        decoded[index] = value;
      }
      return value;
    },
  };
}
