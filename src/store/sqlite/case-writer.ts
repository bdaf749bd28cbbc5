// The one who appends to a case. Each append is one transaction that is on disk when the promise resolves; one that fails
// leaves nothing behind, neither on disk nor in what is remembered here.
import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import type { RecordedCapture } from '../../model/recording.ts';
import type { CaseStart, CaseWriter } from '../store.ts';
import { putArtefact } from './artefact-bytes.ts';
import { factValues } from './case-row.ts';
import { type Database, numberOf, type Row, textOf } from './database.ts';
import { appendHeap } from './heap-chunks.ts';
import { appendMetrics } from './metric-chunks.ts';
import { noSegments, refreshStacks, type StackSegments, storeStacks } from './stack-segments.ts';

export function beginCase(database: Database, folder: string, start: CaseStart): CaseWriter {
  const before = database.first('SELECT * FROM "case" WHERE key = ?', start.key);
  const id = before === undefined ? freeId(database, start) : textOf(before, 'id');
  database.transaction(() => {
    if (before === undefined)
      database.run(
        'INSERT INTO "case" (id, key, target, sources, cost, walk_gap, began_ms, next_capture, captures, profiles, incarnations, bytes) VALUES (?, ?, ?, ?, ?, ?, ?, 0, 0, 0, 0, 0)',
        id,
        start.key,
        ...factValues(start.facts),
        start.atMs,
      );
    else saveFacts(database, id, start.facts);
  });
  return writerOf(database, folder, database.first('SELECT * FROM "case" WHERE id = ?', id)!, before !== undefined);
}

function writerOf(database: Database, folder: string, row: Row, resumed: boolean): CaseWriter {
  const id = textOf(row, 'id');
  const optional = (column: string): number | undefined =>
    typeof row[column] === 'number' ? (row[column] as number) : undefined;
  let nextCapture = numberOf(row, 'next_capture');
  let lastIncarnation = optional('last_incarnation');
  let lastAtMs = optional('to_ms');
  let resumeState = row['resume_state'] === null ? undefined : textOf(row, 'resume_state');
  let stacks: StackSegments | undefined;
  return {
    id,
    resumed,
    get nextCapture() {
      return nextCapture;
    },
    get lastIncarnation() {
      return lastIncarnation;
    },
    get lastAtMs() {
      return lastAtMs;
    },
    get resumeState() {
      return resumeState;
    },
    async append(capture) {
      if (capture.index !== nextCapture)
        throw new RangeError(`capture ${capture.index} does not follow: ${nextCapture} is the next one`);
      if (stacks === undefined) {
        stacks = noSegments();
        refreshStacks(database, id, stacks);
      }
      const known = stacks;
      try {
        database.transaction(() => appendCapture(database, folder, id, capture, known));
      } catch (error) {
        stacks = undefined;
        throw error;
      }
      nextCapture++;
      lastIncarnation = capture.incarnation;
      lastAtMs = capture.atMs;
    },
    async addEvent(event) {
      database.transaction(() =>
        database.run(
          'INSERT INTO event (case_id, at_ms, kind, incarnation, message, until_ms) VALUES (?, ?, ?, ?, ?, ?)',
          id,
          event.atMs,
          event.kind,
          event.incarnation,
          event.message,
          event.untilMs ?? null,
        ),
      );
    },
    async saveReport(report) {
      database.transaction(() =>
        database.run(
          'INSERT OR REPLACE INTO report (case_id, at_ms, verdict, summary, json) VALUES (?, ?, ?, ?, ?)',
          id,
          report.atMs,
          report.verdict,
          report.summary,
          gzipSync(report.json, { level: 3 }),
        ),
      );
    },
    async saveFacts(facts) {
      database.transaction(() => saveFacts(database, id, facts));
    },
    async saveResumeState(state) {
      database.transaction(() => database.run('UPDATE "case" SET resume_state = ? WHERE id = ?', state, id));
      resumeState = state;
    },
  };
}

function appendCapture(
  database: Database,
  folder: string,
  id: string,
  capture: RecordedCapture,
  stacks: StackSegments,
): void {
  let bytes = appendMetrics(database, id, capture);
  for (const artefact of capture.artefacts) bytes += putArtefact(database, folder, id, artefact);
  if (capture.heap !== undefined)
    bytes += appendHeap(database, id, capture, storeStacks(database, id, stacks, capture.heap));
  database.run(
    'UPDATE "case" SET from_ms = coalesce(from_ms, ?1), to_ms = ?1, next_capture = ?2, incarnations = incarnations + (last_incarnation IS NOT ?3), last_incarnation = ?3, captures = captures + 1, profiles = profiles + ?4, bytes = bytes + ?5 WHERE id = ?6',
    capture.atMs,
    capture.index + 1,
    capture.incarnation,
    capture.heap === undefined ? 0 : 1,
    bytes,
    id,
  );
}

/** Sources are kept when the new facts have none: they are read once. */
function saveFacts(database: Database, id: string, facts: CaseStart['facts']): void {
  database.run(
    'UPDATE "case" SET target = ?, sources = coalesce(?, sources), cost = coalesce(?, cost), walk_gap = ? WHERE id = ?',
    ...factValues(facts),
    id,
  );
}

/** Short, and no chance in it: tests and records of commands can be repeated. */
function freeId(database: Database, start: CaseStart): string {
  for (let attempt = 0; ; attempt++) {
    const id = createHash('sha256').update(`${start.key} ${start.atMs} ${attempt}`).digest('hex').slice(0, 8);
    if (database.first('SELECT id FROM "case" WHERE id = ?', id) === undefined) return id;
  }
}
