// Go's traceback text (`debug=2`, a panic, SIGQUIT, also inside a log) → a table of goroutines.
// Source: runtime/traceback.go (goroutineheader, printcreatedby, printAncestorTraceback), Go 1.11 to 1.27:
//
//   goroutine 7 [chan receive, 5 minutes, locked to thread]:
//   goroutine 8 gp=0xc000 m=nil [chan send (leaked)]:
//   goroutine 9 [running] {pattern: "GET /panic"}:
//   main.(*pool).run(0xc000010000, {0x1, 0x2})
//           /app/pool.go:31 +0x1d
//   created by main.start in goroutine 1
//           /app/main.go:12 +0x5e
import { DecodeError } from '../../base/errors.ts';
import type { GoroutineTable } from '../../model/goroutines.ts';
import { createStackTableBuilder, type FrameIndex, noStack, type StackTableBuilder } from '../../model/stacks.ts';
import { type GoroutineHeader, parseHeader } from './parse-header.ts';

/** Deeper than any traceback that Go prints (100 frames and an elision), so that hostile text stays bounded. */
const mostFrames = 4096;

interface Draft {
  readonly header: GoroutineHeader;
  readonly frames: FrameIndex[];
  createdBy: number;
  creatorId: number;
  elided: boolean;
  /** Frames behind `[originating from goroutine N]` belong to an ancestor, not to this stack. */
  inAncestor: boolean;
}

const fileLine = /^\s+(.+):(\d+)(?: \+0x[0-9a-f]+)?(?: fp=.*)?\s*$/;
const createdBy = /^created by (.+?)(?: in goroutine (\d+))?$/;

/** Throws DecodeError when the text holds no goroutine. Rows are in the order of the text. */
export function decodeGoroutineDump(
  input: Uint8Array | string,
  stacks: StackTableBuilder = createStackTableBuilder(),
): GoroutineTable {
  const text = typeof input === 'string' ? input : new TextDecoder().decode(input);
  const drafts: Draft[] = [];
  const warnings: string[] = [];
  const prefix = linePrefixOf(text);
  let current: Draft | undefined;
  let pending: string | undefined;
  for (const raw of linesOf(text)) {
    const line = prefix.length > 0 && raw.startsWith(prefix) ? raw.slice(prefix.length) : raw;
    const header = line.startsWith('goroutine ') ? parseHeader(line) : undefined;
    if (header !== undefined) {
      if (pending !== undefined) warnings.push(`goroutine ${current?.header.id}: a frame without its file`);
      current = { header, frames: [], createdBy: -1, creatorId: 0, elided: false, inAncestor: false };
      drafts.push(current);
      pending = undefined;
    } else if (current === undefined) {
      // Text before the first goroutine: a panic message, a log line.
    } else if (line.trim() === '') {
      pending = undefined;
      current = undefined;
    } else if (
      /^\.\.\.(additional|\d+) frames? elided|^\.\.\.additional frames elided/.test(line) ||
      /^\.\.\.\d* ?.*frames elided\.\.\.$/.test(line)
    ) {
      current.elided = true;
    } else if (line.startsWith('[originating from goroutine ')) {
      current.inAncestor = true;
    } else if (pending === undefined) {
      pending = /^\S/.test(line) ? line : undefined;
    } else {
      const place = fileLine.exec(line);
      if (place !== null) addFrame(current, pending, place[1]!, Number(place[2]), stacks);
      pending = place === null && /^\S/.test(line) ? line : undefined;
    }
  }
  if (pending !== undefined) warnings.push('the text ends in the middle of a goroutine');
  if (drafts.length === 0) {
    throw new DecodeError('goroutine-dump', 0, 'lines like "goroutine 1 [running]:"', {
      advice: 'Take /debug/pprof/goroutine?debug=2, or send SIGQUIT to the process.',
    });
  }
  return tableOf(drafts, stacks, warnings);
}

function addFrame(draft: Draft, call: string, file: string, line: number, stacks: StackTableBuilder): void {
  const created = createdBy.exec(call);
  if (created !== null) {
    if (draft.inAncestor) return;
    draft.createdBy = stacks.internFrame(created[1]!.replace(/\(\.\.\.\)$/, ''), file, line);
    draft.creatorId = Number(created[2] ?? 0);
    return;
  }
  if (draft.inAncestor || draft.frames.length >= mostFrames) return;
  draft.frames.push(stacks.internFrame(functionNameOf(call), file, line));
}

/** `main.(*T).m({0xc0, 0x5}, 0x1)` → `main.(*T).m`; receivers and closures keep their brackets. */
function functionNameOf(call: string): string {
  // Arguments are the last bracket group at the end of the line; the name itself may hold `(*T)` and `[...]`.
  if (!call.endsWith(')')) return call;
  let depth = 0;
  for (let at = call.length - 1; at >= 0; at--) {
    const c = call[at];
    if (c === ')') depth++;
    else if (c === '(' && --depth === 0) return call.slice(0, at);
  }
  return call;
}

function tableOf(drafts: readonly Draft[], stacks: StackTableBuilder, warnings: readonly string[]): GoroutineTable {
  const count = drafts.length;
  const states: string[] = [];
  const stateRows = new Map<string, number>();
  const stateOf = (name: string): number => {
    let row = stateRows.get(name);
    if (row === undefined) {
      row = states.length;
      states.push(name);
      stateRows.set(name, row);
    }
    return row;
  };
  const stack = Int32Array.from(drafts, (draft) => {
    let row = noStack;
    for (let i = draft.frames.length - 1; i >= 0; i--) row = stacks.internStack(row, draft.frames[i]!);
    return row;
  });
  return {
    length: count,
    id: Float64Array.from(drafts, (draft) => draft.header.id),
    state: Int32Array.from(drafts, (draft) => stateOf(draft.header.state)),
    states,
    waitMinutes: Int32Array.from(drafts, (draft) => draft.header.waitMinutes),
    stack,
    createdBy: Int32Array.from(drafts, (draft) => draft.createdBy),
    creatorId: Float64Array.from(drafts, (draft) => draft.creatorId),
    leaked: Uint8Array.from(drafts, (draft) => (draft.header.leaked ? 1 : 0)),
    lockedToThread: Uint8Array.from(drafts, (draft) => (draft.header.lockedToThread ? 1 : 0)),
    labels: drafts.map((draft) => draft.header.labels),
    elided: Uint8Array.from(drafts, (draft) => (draft.elided ? 1 : 0)),
    stacks: stacks.finish(),
    warnings,
  };
}

/** What a log driver puts before each line, when the same stands before every goroutine header; else ''. */
function linePrefixOf(text: string): string {
  const match = /^(.*?)goroutine \d+ .*\[[^\]]+\].*:\s*$/m.exec(text);
  return match?.[1] ?? '';
}

function* linesOf(text: string): Iterable<string> {
  let start = 0;
  while (start <= text.length) {
    let end = text.indexOf('\n', start);
    if (end < 0) end = text.length;
    yield text.slice(start, text[end - 1] === '\r' ? end - 1 : end);
    start = end + 1;
  }
}
