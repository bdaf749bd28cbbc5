// Lines of a text that may be larger than the longest string of JavaScript, with the offset of each for errors.
import { DecodeError } from '../../base/errors.ts';

export interface TextLine {
  readonly text: string;
  /** Offset of its first byte. */
  readonly offset: number;
}

/** A record of 128 frames has lines of some 3 KiB; the limit keeps a file without line ends from being one string. */
const maxLineBytes = 1 << 20;

export function* textLines(bytes: Uint8Array, format: string): Generator<TextLine> {
  const decoder = new TextDecoder();
  for (let offset = 0; offset < bytes.length; ) {
    const found = bytes.indexOf(10, offset);
    const end = found < 0 ? bytes.length : found;
    if (end - offset > maxLineBytes) throw new DecodeError(format, offset, `a line of at most ${maxLineBytes} bytes`);
    const withoutReturn = end > offset && bytes[end - 1] === 13 ? end - 1 : end;
    yield { text: decoder.decode(bytes.subarray(offset, withoutReturn)), offset };
    offset = end + 1;
  }
}
