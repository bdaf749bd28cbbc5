// How each stack changed over a range: chunks that lie within it answer with their moments, the two at its ends and the
// tail with their values. Nothing of a week of profiles is decoded but its ends.
import type { StackGrowth } from '../../model/recording.ts';
import { decodeMoments, joinMoments, type Moments, momentsOf, slopesOf, spreadMoments } from '../moments.ts';
import { unpackColumn } from '../pack-columns.ts';
import type { StackGrowthQuery } from '../store.ts';
import { bytesOf, type Database, numberOf, type Row, textOf } from './database.ts';
import { type HeapStretch, tailStretch } from './heap-chunks.ts';
import { int32Of, refreshStacks, type StackSegments } from './stack-segments.ts';

interface Part {
  readonly stacks: Int32Array;
  readonly moments: Moments;
  readonly fromMs: number;
  readonly toMs: number;
}

export function stackGrowth(
  database: Database,
  caseId: string,
  query: StackGrowthQuery,
  known: StackSegments,
): StackGrowth {
  const fromMs = query.fromMs ?? Number.NEGATIVE_INFINITY;
  const toMs = query.toMs ?? Number.POSITIVE_INFINITY;
  const incarnation = query.incarnation ?? newestIncarnation(database, caseId, fromMs, toMs);
  const parts = [
    ...database
      .all(
        'SELECT k.captures, k.from_ms, k.to_ms, k.times, k.stacks, k.first_capture, c.moments FROM heap_chunk k JOIN heap_column c ON c.case_id = k.case_id AND c.first_capture = k.first_capture AND c.value = ? WHERE k.case_id = ? AND k.incarnation = ? AND k.to_ms >= ? AND k.from_ms <= ? ORDER BY k.first_capture',
        query.value,
        caseId,
        incarnation,
        fromMs,
        toMs,
      )
      .map((row) =>
        numberOf(row, 'from_ms') >= fromMs && numberOf(row, 'to_ms') <= toMs
          ? wholeChunk(row)
          : partOf(cutStretch(chunkStretch(database, caseId, row, query), fromMs, toMs)),
      ),
    tailPart(database, caseId, incarnation, query, fromMs, toMs),
  ].filter((part) => part !== undefined);
  refreshStacks(database, caseId, known);

  const rowOf = new Map<number, number>();
  for (const part of parts) for (const stack of part.stacks) if (!rowOf.has(stack)) rowOf.set(stack, rowOf.size);
  const moments = parts
    .map((part) =>
      spreadMoments(
        part.moments,
        part.stacks.map((stack) => rowOf.get(stack)!),
        rowOf.size,
      ),
    )
    .reduce(joinMoments, momentsOf(new Float64Array(0), []));
  return {
    value: query.value,
    incarnation,
    fromMs: parts[0]?.fromMs ?? Number.NaN,
    toMs: parts.at(-1)?.toMs ?? Number.NaN,
    profiles: moments.count,
    stacks: known.builder.finish(),
    rows: Int32Array.from(rowOf.keys()),
    first: moments.first,
    last: moments.last,
    min: moments.min,
    max: moments.max,
    mean: moments.mean,
    ...slopesOf(moments),
  };
}

function newestIncarnation(database: Database, caseId: string, fromMs: number, toMs: number): number {
  const row = database.first(
    'SELECT max(incarnation) AS newest FROM (SELECT incarnation FROM heap_chunk WHERE case_id = ?1 AND to_ms >= ?2 AND from_ms <= ?3 UNION ALL SELECT incarnation FROM heap_tail WHERE case_id = ?1 AND at_ms >= ?2 AND at_ms <= ?3)',
    caseId,
    fromMs,
    toMs,
  );
  const newest = row?.['newest'];
  return typeof newest === 'number' ? newest : 0;
}

function wholeChunk(row: Row): Part {
  const stacks = int32Of(bytesOf(row, 'stacks'));
  return {
    stacks,
    moments: decodeMoments(bytesOf(row, 'moments'), stacks.length),
    fromMs: numberOf(row, 'from_ms'),
    toMs: numberOf(row, 'to_ms'),
  };
}

function chunkStretch(database: Database, caseId: string, row: Row, query: StackGrowthQuery): HeapStretch {
  const stacks = int32Of(bytesOf(row, 'stacks'));
  const captures = numberOf(row, 'captures');
  const column = database.first(
    'SELECT data FROM heap_column WHERE case_id = ? AND first_capture = ? AND value = ?',
    caseId,
    numberOf(row, 'first_capture'),
    query.value,
  )!;
  const data = bytesOf(column, 'data');
  return {
    atMs: unpackColumn(bytesOf(row, 'times'), 0, captures),
    stacks,
    values: Array.from(stacks, (_, at) => unpackColumn(data, at, captures)),
  };
}

function tailPart(
  database: Database,
  caseId: string,
  incarnation: number,
  query: StackGrowthQuery,
  fromMs: number,
  toMs: number,
): Part | undefined {
  const rows = database
    .all(
      'SELECT at_ms, has_values, stacks, data FROM heap_tail WHERE case_id = ? AND incarnation = ? AND at_ms >= ? AND at_ms <= ? ORDER BY capture',
      caseId,
      incarnation,
      fromMs,
      toMs,
    )
    .filter((row) => textOf(row, 'has_values').includes(`"${query.value}"`));
  return partOf(tailStretch(rows, query.value));
}

function cutStretch({ atMs, stacks, values }: HeapStretch, fromMs: number, toMs: number): HeapStretch {
  const first = atMs.findIndex((ms) => ms >= fromMs);
  const end = atMs.findLastIndex((ms) => ms <= toMs) + 1;
  // The range may lie between two captures.
  const start = first < 0 ? end : first;
  return { atMs: atMs.subarray(start, end), stacks, values: values.map((column) => column.subarray(start, end)) };
}

function partOf({ atMs, stacks, values }: HeapStretch): Part | undefined {
  if (atMs.length === 0) return undefined;
  return { stacks, moments: momentsOf(atMs, values), fromMs: atMs[0]!, toMs: atMs.at(-1)! };
}
