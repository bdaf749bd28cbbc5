// The few lines of a long log that may be evidence. A log of gigabytes has millions of lines and some hundred that matter:
// the bytes are searched for the words of the runtime, and only lines that hold one are made into text.

export interface LineFinder {
  push(chunk: Uint8Array): void;
  finish(): void;
}

export interface LineHandler {
  /** True while every line is wanted, whatever it holds. */
  wantsAll(): boolean;
  /** `before` gives the lines before it, nearest first, as far as they are still at hand. */
  line(text: string, before: () => Iterable<string>): void;
}

const mostLineBytes = 64 * 1024;
const mostBefore = 40;
const mostHistoryBytes = 4096;
const newline = 0x0a;

export function createLineFinder(words: readonly string[], handler: LineHandler): LineFinder {
  let carry: Buffer = Buffer.alloc(0);
  /** The end of what was read before, in whole lines. */
  let history: Buffer = Buffer.alloc(0);
  /** Inside a line that was longer than any of the runtime. */
  let skipping = false;

  const textOf = (bytes: Buffer, from: number, to: number): string =>
    bytes.toString('utf8', from, Math.min(bytes[to - 1] === 0x0d ? to - 1 : to, from + mostLineBytes));

  function* linesBefore(bytes: Buffer, start: number): Iterable<string> {
    let end = start - 1;
    for (let count = 0; count < mostBefore && end > 0; count++) {
      const from = bytes.lastIndexOf(newline, end - 1) + 1;
      yield textOf(bytes, from, end);
      end = from - 1;
    }
  }

  /** `fresh` are whole lines, the last one with its line feed. */
  const readLines = (fresh: Buffer): void => {
    if (fresh.length === 0) return;
    const bytes = Buffer.concat([history, fresh]);
    readFrom(bytes, history.length);
    const keepFrom = Math.max(0, bytes.length - mostHistoryBytes);
    history = Buffer.from(keepFrom === 0 ? bytes : bytes.subarray(bytes.indexOf(newline, keepFrom) + 1));
  };

  const readFrom = (bytes: Buffer, from: number): void => {
    const next = words.map((word) => bytes.indexOf(word, from));
    for (let at = from; at < bytes.length; ) {
      let start = at;
      if (!handler.wantsAll()) {
        let hit = bytes.length;
        for (const [index, word] of words.entries()) {
          if (next[index]! >= 0 && next[index]! < at) next[index] = bytes.indexOf(word, at);
          if (next[index]! >= 0) hit = Math.min(hit, next[index]!);
        }
        if (hit === bytes.length) return;
        start = Math.max(at, bytes.lastIndexOf(newline, hit) + 1);
      }
      const end = bytes.indexOf(newline, start);
      handler.line(textOf(bytes, start, end), () => linesBefore(bytes, start));
      at = end + 1;
    }
  };

  return {
    push(chunk) {
      let bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
      if (skipping) {
        const end = bytes.indexOf(newline);
        if (end < 0) return;
        skipping = false;
        bytes = bytes.subarray(end + 1);
      }
      if (carry.length > 0) bytes = Buffer.concat([carry, bytes]);
      const whole = bytes.lastIndexOf(newline) + 1;
      readLines(bytes.subarray(0, whole));
      const rest = bytes.subarray(whole);
      if (rest.length > mostLineBytes) {
        skipping = true;
        carry = Buffer.alloc(0);
      } else carry = Buffer.from(rest); // a copy, so that the chunk can go
    },
    finish() {
      if (carry.length > 0) readLines(Buffer.concat([carry, Buffer.from('\n')]));
      carry = Buffer.alloc(0);
    },
  };
}
