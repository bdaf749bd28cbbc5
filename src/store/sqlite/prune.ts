// Old recordings give way: first artefacts (profiles, snapshots), thinned out from the old end so that every stretch of
// time keeps some; then numbers and columns; then whole cases. First and last captures of each incarnation and the
// captures around events go last: they are the evidence.
import type { PruneLimits, PruneResult } from '../../model/recording.ts';
import { removeArtefactFiles } from './artefact-bytes.ts';
import { type Database, numberOf, textOf } from './database.ts';
import { keptCaptures } from './kept-captures.ts';
import { caseTables } from './schema.ts';

export interface PruneContext {
  readonly database: Database;
  readonly folder: string;
  /** Ids of cases that are being written. */
  readonly writing: ReadonlySet<string>;
  readonly usedBytes: () => number;
}

interface Dropped {
  artefacts: number;
  captures: number;
  readonly cases: string[];
}

/** A capture with artefacts, and what they take. */
interface Stored {
  readonly caseId: string;
  readonly capture: number;
  readonly atMs: number;
  readonly bytes: number;
}

const batchCaptures = 200;
/** A little more room than asked for, so that not every append prunes. */
const slack = 0.05;

export function prune(context: PruneContext, limits: PruneLimits): PruneResult {
  const bytesBefore = context.usedBytes();
  const dropped: Dropped = { artefacts: 0, captures: 0, cases: [] };
  if (limits.allBeforeMs !== undefined) dropAllBefore(context, limits.allBeforeMs, dropped);
  if (limits.artefactsBeforeMs !== undefined) {
    const { artefactsBeforeMs } = limits;
    dropArtefacts(
      context,
      looseCaptures(context.database).filter((stored) => stored.atMs < artefactsBeforeMs),
      dropped,
    );
  }
  const fits = limits.maxBytes === undefined || shrinkTo(context, limits.maxBytes, dropped);
  giveBack(context.database);
  return {
    bytesBefore,
    bytesAfter: context.usedBytes(),
    droppedArtefacts: dropped.artefacts,
    droppedCaptures: dropped.captures,
    droppedCases: dropped.cases,
    fits,
  };
}

/** Each step frees what is missing if it can; what is left is measured, since pages and logs take room, too. */
function shrinkTo(context: PruneContext, maxBytes: number, dropped: Dropped): boolean {
  giveBack(context.database);
  for (const step of [thinArtefacts, dropEvidence, dropOldestColumns, dropOldestCases]) {
    for (let round = 0; round < 6; round++) {
      const excess = context.usedBytes() - maxBytes;
      if (excess <= 0) return true;
      if (!step(context, excess + maxBytes * slack, dropped)) break;
      giveBack(context.database);
    }
  }
  return context.usedBytes() <= maxBytes;
}

/** Of what is no evidence every second capture goes, from the old end, again and again. */
function thinArtefacts(context: PruneContext, wantedBytes: number, dropped: Dropped): boolean {
  let left = looseCaptures(context.database);
  const victims: Stored[] = [];
  let freed = 0;
  while (left.length > 0 && freed < wantedBytes) {
    const stay: Stored[] = [];
    for (const [index, stored] of left.entries()) {
      if (freed >= wantedBytes || index % 2 === 1) stay.push(stored);
      else {
        victims.push(stored);
        freed += stored.bytes;
      }
    }
    left = stay;
  }
  dropArtefacts(context, victims, dropped);
  return victims.length > 0;
}

/** The oldest evidence first; the first and the last capture of each case stay. */
function dropEvidence(context: PruneContext, wantedBytes: number, dropped: Dropped): boolean {
  const all = storedCaptures(context.database);
  const ends = new Set<Stored | undefined>();
  const cases = new Set(all.map((stored) => stored.caseId));
  for (const id of cases) {
    ends.add(all.find((stored) => stored.caseId === id));
    ends.add(all.findLast((stored) => stored.caseId === id));
  }
  const victims: Stored[] = [];
  let freed = 0;
  for (const stored of all) {
    if (freed >= wantedBytes) break;
    if (ends.has(stored)) continue;
    victims.push(stored);
    freed += stored.bytes;
  }
  dropArtefacts(context, victims, dropped);
  return victims.length > 0;
}

/** The older half of the chunks of numbers and stacks, at least one; what has not filled a chunk stays. */
function dropOldestColumns(context: PruneContext, _wantedBytes: number, dropped: Dropped): boolean {
  const { database } = context;
  const chunks = database.all(
    "SELECT 'heap' AS what, case_id, first_capture, to_ms FROM heap_chunk UNION ALL SELECT 'metric', case_id, first_capture, to_ms FROM metric_chunk ORDER BY to_ms",
  );
  const half = chunks[Math.floor((chunks.length - 1) / 2)];
  if (half === undefined) return false;
  database.transaction(() => dropColumnsBefore(database, numberOf(half, 'to_ms') + 1, dropped));
  return true;
}

function dropOldestCases(context: PruneContext, _wantedBytes: number, dropped: Dropped): boolean {
  const oldest = context.database
    .all('SELECT id FROM "case" ORDER BY to_ms, began_ms')
    .find((row) => !context.writing.has(textOf(row, 'id')));
  if (oldest === undefined) return false;
  dropCaseRows(context, textOf(oldest, 'id'), dropped);
  return true;
}

function dropAllBefore(context: PruneContext, beforeMs: number, dropped: Dropped): void {
  const { database } = context;
  for (const row of database.all('SELECT id FROM "case" WHERE coalesce(to_ms, began_ms) < ?', beforeMs)) {
    if (!context.writing.has(textOf(row, 'id'))) dropCaseRows(context, textOf(row, 'id'), dropped);
  }
  dropArtefacts(
    context,
    storedCaptures(database).filter((stored) => stored.atMs < beforeMs),
    dropped,
  );
  database.transaction(() => {
    dropColumnsBefore(database, beforeMs, dropped);
    database.run('DELETE FROM event WHERE at_ms < ?', beforeMs);
  });
}

/** Forgets a case with all that it has. */
export function dropCaseRows(context: PruneContext, id: string, dropped: Dropped): void {
  const { database, folder } = context;
  const artefacts = database.all('SELECT id FROM artefact WHERE case_id = ?', id).map((row) => numberOf(row, 'id'));
  const captures = numberOf(database.first('SELECT captures FROM "case" WHERE id = ?', id)!, 'captures');
  database.transaction(() => {
    database.run('DELETE FROM artefact_bytes WHERE id IN (SELECT id FROM artefact WHERE case_id = ?)', id);
    for (const table of caseTables) database.run(`DELETE FROM ${table} WHERE case_id = ?`, id);
    database.run('DELETE FROM "case" WHERE id = ?', id);
  });
  removeArtefactFiles(folder, artefacts);
  dropped.artefacts += artefacts.length;
  dropped.captures += captures;
  dropped.cases.push(id);
}

function dropArtefacts(context: PruneContext, victims: readonly Stored[], dropped: Dropped): void {
  const { database, folder } = context;
  for (let from = 0; from < victims.length; from += batchCaptures) {
    const files: number[] = [];
    database.transaction(() => {
      for (const { caseId, capture, bytes } of victims.slice(from, from + batchCaptures)) {
        const rows = database.all('SELECT id, form FROM artefact WHERE case_id = ? AND capture = ?', caseId, capture);
        for (const row of rows) {
          const id = numberOf(row, 'id');
          database.run('DELETE FROM artefact_bytes WHERE id = ?', id);
          database.run('DELETE FROM artefact WHERE id = ?', id);
          if (textOf(row, 'form') === 'file') files.push(id);
        }
        dropped.artefacts += rows.length;
        database.run('UPDATE "case" SET bytes = max(0, bytes - ?) WHERE id = ?', bytes, caseId);
      }
    });
    removeArtefactFiles(folder, files);
  }
}

/** Within a transaction: chunks that ended before. */
function dropColumnsBefore(database: Database, beforeMs: number, dropped: Dropped): void {
  database.run(
    'DELETE FROM heap_column WHERE EXISTS (SELECT 1 FROM heap_chunk k WHERE k.case_id = heap_column.case_id AND k.first_capture = heap_column.first_capture AND k.to_ms < ?)',
    beforeMs,
  );
  for (const row of database.all(
    'SELECT case_id, sum(captures) AS n FROM heap_chunk WHERE to_ms < ? GROUP BY case_id',
    beforeMs,
  ))
    database.run(
      'UPDATE "case" SET profiles = max(0, profiles - ?) WHERE id = ?',
      numberOf(row, 'n'),
      textOf(row, 'case_id'),
    );
  database.run('DELETE FROM heap_chunk WHERE to_ms < ?', beforeMs);
  const gone = database.all(
    'SELECT case_id, sum(captures) AS n, max(to_ms) AS last FROM metric_chunk WHERE to_ms < ? GROUP BY case_id',
    beforeMs,
  );
  database.run('DELETE FROM metric_chunk WHERE to_ms < ?', beforeMs);
  for (const row of gone) {
    const id = textOf(row, 'case_id');
    const captures = numberOf(row, 'n');
    dropped.captures += captures;
    database.run(
      'UPDATE "case" SET captures = max(0, captures - ?1), from_ms = coalesce((SELECT min(from_ms) FROM metric_chunk WHERE case_id = ?2), (SELECT min(at_ms) FROM metric_tail WHERE case_id = ?2), to_ms) WHERE id = ?2',
      captures,
      id,
    );
  }
}

function storedCaptures(database: Database): readonly Stored[] {
  return database
    .all(
      'SELECT case_id, capture, min(at_ms) AS at_ms, sum(stored_bytes) AS bytes FROM artefact GROUP BY case_id, capture ORDER BY 3, case_id, capture',
    )
    .map((row) => ({
      caseId: textOf(row, 'case_id'),
      capture: numberOf(row, 'capture'),
      atMs: numberOf(row, 'at_ms'),
      bytes: numberOf(row, 'bytes'),
    }));
}

/** What is no evidence, the oldest first. */
function looseCaptures(database: Database): readonly Stored[] {
  const kept = new Map<string, ReadonlySet<number>>();
  return storedCaptures(database).filter(({ caseId, capture }) => {
    let evidence = kept.get(caseId);
    if (evidence === undefined) {
      evidence = keptCaptures(database, caseId);
      kept.set(caseId, evidence);
    }
    return !evidence.has(capture);
  });
}

/** Free pages and the log go back to the file system. */
function giveBack(database: Database): void {
  database.all('PRAGMA incremental_vacuum');
  database.all('PRAGMA wal_checkpoint(TRUNCATE)');
}
