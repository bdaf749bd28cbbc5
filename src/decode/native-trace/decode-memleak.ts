// The text of memleak (libbpf-tools and bcc) → reports of outstanding allocations. Source: libbpf-tools/memleak.c of bcc
// 0.31. Two traps that its output does not show: -o above 2147 switches the age filter off, and a report without stacks
// may mean that the wrong object was probed. Neither reads as "no leak" here: `empty` is for the caller to judge.
import { DecodeError } from '../../base/errors.ts';

export interface MemleakFrame {
  readonly address: number;
  readonly function: string | undefined;
  readonly object: string;
}

export interface MemleakStack {
  readonly bytes: number;
  readonly count: number;
  /** Innermost first; the first is the direct caller of the allocator. */
  readonly frames: readonly MemleakFrame[];
}

export interface MemleakReport {
  /** Local time of day, as printed. */
  readonly at: string;
  readonly stacks: readonly MemleakStack[];
}

const mostReports = 10_000;
const mostFrames = 127;

/** Throws DecodeError when the text holds no report. */
export function decodeMemleak(text: string): readonly MemleakReport[] {
  const reports: { at: string; stacks: { bytes: number; count: number; frames: MemleakFrame[] }[] }[] = [];
  for (const line of text.split('\n')) {
    const head = /^\[(\d+:\d+:\d+)\] Top \d+ stacks with outstanding allocations:$/.exec(line);
    if (head !== null) {
      if (reports.length >= mostReports) throw new DecodeError('memleak', 0, `at most ${mostReports} reports`);
      reports.push({ at: head[1]!, stacks: [] });
      continue;
    }
    const stack = /^\s*(\d+) bytes in (\d+) allocations from stack$/.exec(line);
    if (stack !== null) {
      reports.at(-1)?.stacks.push({ bytes: Number(stack[1]), count: Number(stack[2]), frames: [] });
      continue;
    }
    const frame = /^\s*\d+ \[<([0-9a-f]{16})>\] (?:(.+)\+0x[0-9a-f]+ )?\[(.+)\]$/.exec(line);
    const frames = reports.at(-1)?.stacks.at(-1)?.frames;
    if (frame !== null && frames !== undefined && frames.length < mostFrames) {
      frames.push({ address: Number.parseInt(frame[1]!, 16), function: frame[2], object: frame[3]! });
    }
  }
  if (reports.length === 0) throw new DecodeError('memleak', 0, 'a report: `[TIME] Top N stacks with …`');
  return reports;
}
