// Text in memory: how much of it is printable, and which strings make up most, by their text and by their shape. A shape
// tells what kind of text it is (a URL, a key with a number) without telling the text.
import type { MemoryPiece } from './byte-statistics.ts';
import { share } from './byte-statistics.ts';

export interface FoundString {
  /** `a` for letters, `9` for digits, runs counted: `a{4}://a{3}.a{7}.a{3}/9{5}`. */
  readonly shape: string;
  /** The string, or for a shape one that has it; only shown when asked for. */
  readonly example: string;
  readonly count: number;
  readonly bytes: number;
}

export interface FoundStrings {
  /** Of all bytes, those in runs of at least `leastRun` printable ones. */
  readonly textShare: number;
  readonly count: number;
  /** That make up most bytes first. */
  readonly byText: readonly FoundString[];
  readonly byShape: readonly FoundString[];
}

const leastRun = 6;
const mostRun = 4096;
const mostDistinct = 50_000;
const mostListed = 50;

interface Tally {
  example: string;
  count: number;
  bytes: number;
}

export function findStrings(pieces: readonly MemoryPiece[]): FoundStrings {
  const texts = new Map<string, Tally>();
  const shapes = new Map<string, Tally>();
  const decoder = new TextDecoder('latin1');
  let printable = 0;
  let all = 0;
  let count = 0;
  for (const { bytes } of pieces) {
    all += bytes.length;
    for (let at = 0; at < bytes.length; ) {
      if (!isPrintable(bytes[at]!)) {
        at++;
        continue;
      }
      let end = at + 1;
      while (end < bytes.length && end - at < mostRun && isPrintable(bytes[end]!)) end++;
      if (end - at >= leastRun) {
        printable += end - at;
        count++;
        const text = decoder.decode(bytes.subarray(at, Math.min(end, at + 256)));
        tally(texts, text, text, end - at);
        tally(shapes, shapeOf(text), text, end - at);
      }
      at = end;
    }
  }
  return { textShare: share(printable, all), count, byText: listOf(texts), byShape: listOf(shapes) };
}

export function shapeOf(text: string): string {
  return text.slice(0, 80).replace(/[A-Za-z]+|\d+/g, (run) => {
    const sign = run.charCodeAt(0) <= 0x39 ? '9' : 'a';
    return run.length === 1 ? sign : `${sign}{${run.length}}`;
  });
}

function isPrintable(byte: number): boolean {
  return (byte >= 0x20 && byte < 0x7f) || byte === 0x09;
}

function tally(into: Map<string, Tally>, key: string, example: string, bytes: number): void {
  const found = into.get(key);
  if (found !== undefined) {
    found.count++;
    found.bytes += bytes;
  } else if (into.size < mostDistinct) into.set(key, { example, count: 1, bytes });
}

function listOf(tallies: Map<string, Tally>): readonly FoundString[] {
  return [...tallies]
    .map(([, { example, count, bytes }]) => ({ shape: shapeOf(example), example, count, bytes }))
    .sort((a, b) => b.bytes - a.bytes)
    .slice(0, mostListed);
}
