// Values of heap stacks over time. A capture goes to the tail; a tail of 256, or one that cannot go on (another
// incarnation, other columns), becomes a chunk: a column a stack, and the moments of each for growth queries.

import type { HeapValue, RecordedCapture } from '../../model/recording.ts';
import { heapValues } from '../heap-values.ts';
import { encodeMoments, momentsOf } from '../moments.ts';
import { packColumns, unpackColumn } from '../pack-columns.ts';
import { bytesOf, type Database, jsonOf, numberOf, type Row, textOf } from './database.ts';
import { bytesOfInt32, int32Of } from './stack-segments.ts';

export const chunkCaptures = 256;

/** A few profiles of one incarnation, stack by stack. */
export interface HeapStretch {
  readonly atMs: Float64Array;
  /** Rows of the case's stacks. */
  readonly stacks: Int32Array;
  /** values[row][capture]; what a profile did not name is 0. */
  readonly values: readonly Float64Array[];
}

/** Within a transaction: one more capture of the tail. Returns the bytes that it takes. */
export function appendHeap(database: Database, caseId: string, capture: RecordedCapture, stacks: Int32Array): number {
  const columns = capture.heap!.columns;
  const has = heapValues.filter((value) => columns[value] !== undefined);
  const hasValues = JSON.stringify(has);
  const last = database.first(
    'SELECT incarnation, has_values, (SELECT count(*) FROM heap_tail WHERE case_id = ?1) AS n FROM heap_tail WHERE case_id = ?1 ORDER BY capture DESC LIMIT 1',
    caseId,
  );
  if (
    last !== undefined &&
    (numberOf(last, 'n') >= chunkCaptures ||
      numberOf(last, 'incarnation') !== capture.incarnation ||
      textOf(last, 'has_values') !== hasValues)
  )
    closeHeapChunk(database, caseId);
  const stackBytes = bytesOfInt32(stacks);
  const data = packColumns(has.map((value) => columns[value]!));
  database.run(
    'INSERT INTO heap_tail (case_id, capture, at_ms, incarnation, has_values, stacks, data) VALUES (?, ?, ?, ?, ?, ?, ?)',
    caseId,
    capture.index,
    capture.atMs,
    capture.incarnation,
    hasValues,
    stackBytes,
    data,
  );
  return stackBytes.length + data.length;
}

function closeHeapChunk(database: Database, caseId: string): void {
  const rows = database.all('SELECT * FROM heap_tail WHERE case_id = ? ORDER BY capture', caseId);
  const first = rows[0]!;
  const has = jsonOf(first, 'has_values') as readonly HeapValue[];
  const firstCapture = numberOf(first, 'capture');
  const stretches = has.map((value) => tailStretch(rows, value));
  const { atMs, stacks } = stretches[0] ?? tailStretch(rows, undefined);
  database.run(
    'INSERT INTO heap_chunk (case_id, first_capture, incarnation, from_ms, to_ms, captures, times, stacks) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
    caseId,
    firstCapture,
    numberOf(first, 'incarnation'),
    atMs[0]!,
    atMs.at(-1)!,
    atMs.length,
    packColumns([atMs]),
    bytesOfInt32(stacks),
  );
  for (const [column, value] of has.entries()) {
    const { values } = stretches[column]!;
    database.run(
      'INSERT INTO heap_column (case_id, first_capture, value, moments, data) VALUES (?, ?, ?, ?, ?)',
      caseId,
      firstCapture,
      value,
      encodeMoments(momentsOf(atMs, values)),
      packColumns(values),
    );
  }
  database.run('DELETE FROM heap_tail WHERE case_id = ?', caseId);
}

/** Rows of heap_tail, in order, turned from a row a capture to a column a stack. */
export function tailStretch(rows: readonly Row[], value: HeapValue | undefined): HeapStretch {
  const atMs = Float64Array.from(rows, (row) => numberOf(row, 'at_ms'));
  const columnOf = new Map<number, Float64Array>();
  for (const [capture, row] of rows.entries()) {
    const stacks = int32Of(bytesOf(row, 'stacks'));
    const at = value === undefined ? -1 : (jsonOf(row, 'has_values') as HeapValue[]).indexOf(value);
    const values = at < 0 ? undefined : unpackColumn(bytesOf(row, 'data'), at, stacks.length);
    for (const [index, stack] of stacks.entries()) {
      let column = columnOf.get(stack);
      if (column === undefined) {
        column = new Float64Array(rows.length);
        columnOf.set(stack, column);
      }
      // Profiles may name a stack twice; what they say adds up.
      if (values !== undefined) column[capture]! += values[index]!;
    }
  }
  return { atMs, stacks: Int32Array.from(columnOf.keys()), values: [...columnOf.values()] };
}
