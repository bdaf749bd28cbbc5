// The stacks of a case. They are only ever added to: each append that brings new ones writes one segment with the new rows
// of the prefix tree and their new frames, so that row numbers are the same on disk and in memory.
import { KnownError } from '../../base/errors.ts';
import type { RecordedHeap } from '../../model/recording.ts';
import {
  createStackTableBuilder,
  type FrameIndex,
  noStack,
  type StackIndex,
  type StackTable,
  type StackTableBuilder,
} from '../../model/stacks.ts';
import { bytesOf, type Database, jsonOf, numberOf } from './database.ts';

/** What of a case was read so far; `refresh` reads what came since. */
export interface StackSegments {
  readonly builder: StackTableBuilder;
  segments: number;
  stacks: number;
  frames: number;
}

export const noSegments = (): StackSegments => ({
  builder: createStackTableBuilder(),
  segments: 0,
  stacks: 0,
  frames: 0,
});

/** Adds the segments that `known` does not have yet. */
export function refreshStacks(database: Database, caseId: string, known: StackSegments): void {
  const rows = database.all(
    'SELECT segment, prefixes, frames, new_frames FROM stack_segment WHERE case_id = ? AND segment >= ? ORDER BY segment',
    caseId,
    known.segments,
  );
  for (const row of rows) {
    if (numberOf(row, 'segment') !== known.segments) throw damaged(caseId);
    const newFrames = jsonOf(row, 'new_frames') as readonly (readonly [string, string, number])[];
    for (const [name, file, line] of newFrames) {
      if (known.builder.internFrame(name, file, line) !== known.frames++) throw damaged(caseId);
    }
    const prefixes = int32Of(bytesOf(row, 'prefixes'));
    const frames = int32Of(bytesOf(row, 'frames'));
    for (let at = 0; at < prefixes.length; at++) {
      const sound = prefixes[at]! < known.stacks && frames[at]! < known.frames;
      if (
        !sound ||
        known.builder.internStack(prefixes[at]! as StackIndex, frames[at]! as FrameIndex) !== known.stacks++
      )
        throw damaged(caseId);
    }
    known.segments++;
  }
}

/** Within a transaction: the row of the case for each row of `heap`; what is new is written. */
export function storeStacks(database: Database, caseId: string, known: StackSegments, heap: RecordedHeap): Int32Array {
  const { stacks } = heap;
  const mapped = mapStacks(stacks, known.builder, heap.rows);
  const table = known.builder.finish();
  if (table.length > known.stacks || table.frames.length > known.frames) {
    const newFrames: [string, string, number][] = [];
    for (let row = known.frames; row < table.frames.length; row++)
      newFrames.push([table.frames.functionName[row]!, table.frames.file[row]!, table.frames.line[row]!]);
    database.run(
      'INSERT INTO stack_segment (case_id, segment, prefixes, frames, new_frames) VALUES (?, ?, ?, ?, ?)',
      caseId,
      known.segments,
      bytesOfInt32(table.prefix.subarray(known.stacks)),
      bytesOfInt32(table.frame.subarray(known.stacks)),
      JSON.stringify(newFrames),
    );
    known.segments++;
    known.stacks = table.length;
    known.frames = table.frames.length;
  }
  return mapped;
}

function mapStacks(stacks: StackTable, builder: StackTableBuilder, rows: Int32Array): Int32Array {
  const frameOf = new Int32Array(stacks.frames.length).fill(-1);
  // 0 is unknown, else row + 1.
  const stackOf = new Int32Array(stacks.length);
  const way: number[] = [];
  return rows.map((row) => {
    let at = row;
    for (; at !== noStack && stackOf[at] === 0; at = stacks.prefix[at]!) way.push(at);
    let mapped = at === noStack ? noStack : stackOf[at]! - 1;
    for (let step = way.pop(); step !== undefined; step = way.pop()) {
      const frame = stacks.frame[step]!;
      if (frameOf[frame] === -1)
        frameOf[frame] = builder.internFrame(
          stacks.frames.functionName[frame]!,
          stacks.frames.file[frame]!,
          stacks.frames.line[frame]!,
        );
      mapped = builder.internStack(mapped as StackIndex, frameOf[frame]! as FrameIndex);
      stackOf[step] = mapped + 1;
    }
    return mapped;
  });
}

export const bytesOfInt32 = (values: Int32Array): Uint8Array => new Uint8Array(values.slice().buffer);

export function int32Of(bytes: Uint8Array): Int32Array {
  return new Int32Array(bytes.slice(0, bytes.length & ~3).buffer);
}

const damaged = (caseId: string): KnownError =>
  new KnownError('E-STORE-DAMAGED', `the stacks of case ${caseId} contradict each other`, {
    advice: 'The store is damaged: export what can still be read, move it away and record anew.',
  });
