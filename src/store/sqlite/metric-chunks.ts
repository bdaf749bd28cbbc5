// Cheap numbers over time: a tail of at most 256 captures, one row each, then chunks with a column a number.
import type { MetricName, RecordedCapture } from '../../model/recording.ts';
import { packColumns, unpackColumn } from '../pack-columns.ts';
import { bytesOf, type Database, jsonOf, numberOf, type Row } from './database.ts';
import { chunkCaptures } from './heap-chunks.ts';

/** A stretch of captures of one incarnation. */
export interface MetricStretch {
  readonly incarnation: number;
  readonly atMs: Float64Array;
  /** NaN where a capture does not have the number. */
  readonly columns: ReadonlyMap<MetricName, Float64Array>;
}

/** Within a transaction. Every capture has a row, with or without numbers, so that none is uncounted. */
export function appendMetrics(database: Database, caseId: string, capture: RecordedCapture): number {
  const last = database.first(
    'SELECT incarnation, (SELECT count(*) FROM metric_tail WHERE case_id = ?1) AS n FROM metric_tail WHERE case_id = ?1 ORDER BY capture DESC LIMIT 1',
    caseId,
  );
  if (
    last !== undefined &&
    (numberOf(last, 'n') >= chunkCaptures || numberOf(last, 'incarnation') !== capture.incarnation)
  )
    closeMetricChunk(database, caseId);
  // What is no number was not captured; JSON would make null of it.
  const metrics = JSON.stringify(
    Object.fromEntries([...capture.metrics].filter(([, value]) => Number.isFinite(value))),
  );
  database.run(
    'INSERT INTO metric_tail (case_id, capture, at_ms, incarnation, metrics) VALUES (?, ?, ?, ?, ?)',
    caseId,
    capture.index,
    capture.atMs,
    capture.incarnation,
    metrics,
  );
  return metrics.length;
}

function closeMetricChunk(database: Database, caseId: string): void {
  const rows = database.all('SELECT * FROM metric_tail WHERE case_id = ? ORDER BY capture', caseId);
  const { incarnation, atMs, columns } = tailMetrics(rows);
  database.run(
    'INSERT INTO metric_chunk (case_id, first_capture, incarnation, from_ms, to_ms, captures, names, times, data) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)',
    caseId,
    numberOf(rows[0]!, 'capture'),
    incarnation,
    atMs[0]!,
    atMs.at(-1)!,
    atMs.length,
    JSON.stringify([...columns.keys()]),
    packColumns([atMs]),
    packColumns([...columns.values()]),
  );
  database.run('DELETE FROM metric_tail WHERE case_id = ?', caseId);
}

/** Rows of metric_tail, in order, of one incarnation. */
export function tailMetrics(rows: readonly Row[]): MetricStretch {
  const columns = new Map<MetricName, Float64Array>();
  for (const [index, row] of rows.entries()) {
    for (const [name, value] of Object.entries(jsonOf(row, 'metrics') as Record<MetricName, number>)) {
      let column = columns.get(name);
      if (column === undefined) {
        column = new Float64Array(rows.length).fill(Number.NaN);
        columns.set(name, column);
      }
      column[index] = value;
    }
  }
  return {
    incarnation: rows.length === 0 ? 0 : numberOf(rows[0]!, 'incarnation'),
    atMs: Float64Array.from(rows, (row) => numberOf(row, 'at_ms')),
    columns,
  };
}

/** A row of metric_chunk; only the columns that are wanted are decoded. */
export function chunkMetrics(row: Row, wanted: ReadonlySet<MetricName> | undefined): MetricStretch {
  const captures = numberOf(row, 'captures');
  const data = bytesOf(row, 'data');
  const columns = new Map<MetricName, Float64Array>();
  for (const [at, name] of (jsonOf(row, 'names') as MetricName[]).entries()) {
    if (wanted === undefined || wanted.has(name)) columns.set(name, unpackColumn(data, at, captures));
  }
  return {
    incarnation: numberOf(row, 'incarnation'),
    atMs: unpackColumn(bytesOf(row, 'times'), 0, captures),
    columns,
  };
}
