// A store in a folder: `store.sqlite` with its write-ahead log, large artefacts as files in `artefacts/`, and the lock of
// the writer. SQLite's log lets readers read while one writes, and makes each commit whole whatever kills the writer.
import { statSync } from 'node:fs';
import { mkdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { KnownError } from '../../base/errors.ts';
import type { SavedReport } from '../../model/recording.ts';
import type { StoreReader, StoreWriter } from '../store.ts';
import { artefactFileBytes, sweepArtefactFiles } from './artefact-bytes.ts';
import { caseRow, summaryOf } from './case-row.ts';
import { beginCase } from './case-writer.ts';
import { bytesOf, type Database, numberOf, openDatabase, type Row, textOf } from './database.ts';
import { databaseName } from './file-names.ts';
import { artefactColumns, artefactFactsOf, artefactOf, boundsOf, loadCase, readEvents } from './load-case.ts';
import { metricSeries } from './metric-series.ts';
import { dropCaseRows, type PruneContext, prune } from './prune.ts';
import { checkSchema, createSchema } from './schema.ts';
import { stackGrowth } from './stack-growth.ts';
import { noSegments, type StackSegments } from './stack-segments.ts';
import { storeError } from './store-error.ts';
import { lockForWriting } from './writer-lock.ts';

/** Throws KnownErrors as `store.ts` lists them; makes the folder when there is none. */
export async function openSqliteWriter(folder: string, pid: number): Promise<StoreWriter> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'EEXIST') throw notAFolder(folder, cause);
    throw storeError(cause, folder);
  }
  const unlock = await lockForWriting(folder, pid);
  let database: Database | undefined;
  try {
    refuseStub(folder);
    database = await openDatabase(path.join(folder, databaseName), { place: folder, mode: 'write' });
    // Readers never block the writer for long; FULL syncs each commit before it is acknowledged.
    database.execute('PRAGMA busy_timeout = 5000;');
    if (checkSchema(database, folder) === 'new') createSchema(database);
    database.execute('PRAGMA synchronous = FULL; PRAGMA journal_size_limit = 16777216;');
    sweepArtefactFiles(database, folder);
  } catch (error) {
    database?.close();
    unlock();
    throw error;
  }
  const held = database;
  const writing = new Set<string>();
  const context: PruneContext = { database: held, folder, writing, usedBytes: () => usedBytes(folder) };
  return {
    ...readerOf(held, folder, () => {
      held.close();
      unlock();
    }),
    async beginCase(start) {
      const writer = beginCase(held, folder, start);
      writing.add(writer.id);
      return writer;
    },
    async prune(limits) {
      return prune(context, limits);
    },
    async dropCase(id) {
      const row = caseRow(held, id, folder);
      dropCaseRows(context, textOf(row, 'id'), { artefacts: 0, captures: 0, cases: [] });
      prune(context, {});
    },
  };
}

/** Throws KnownErrors as `store.ts` lists them. */
export async function openSqliteReader(folder: string): Promise<StoreReader> {
  const file = path.join(folder, databaseName);
  let exists = false;
  try {
    exists = (await stat(file)).isFile();
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
    if (code === 'ENOTDIR') throw notAFolder(folder, cause);
    if (code !== 'ENOENT') throw storeError(cause, folder);
  }
  if (!exists)
    throw new KnownError('E-STORE-MISSING', `there is no store in ${folder}`, {
      advice: 'Record one with `leakline watch TARGET`, or name its folder with --store DIR.',
    });
  refuseStub(folder);
  const database = await openForReading(file, folder);
  try {
    if (checkSchema(database, folder) === 'new')
      throw new KnownError('E-STORE-MISSING', `the store in ${folder} is empty`, {
        advice: 'Its recorder has just begun, or ended before it recorded anything.',
      });
  } catch (error) {
    database.close();
    throw error;
  }
  return readerOf(database, folder, () => database.close());
}

/** Where nothing may be written SQLite cannot make its index of the log; without a log there is nothing to index. */
async function openForReading(file: string, folder: string): Promise<Database> {
  const database = await openDatabase(file, { place: folder, mode: 'read' });
  try {
    database.execute('PRAGMA busy_timeout = 5000;');
    database.first('SELECT count(*) AS n FROM sqlite_schema');
    return database;
  } catch (error) {
    database.close();
    const noAccess = error instanceof KnownError && error.code === 'E-STORE-ACCESS';
    if (!noAccess || sizeOf(`${file}-wal`) > 0) throw error;
    return openDatabase(file, { place: folder, mode: 'immutable' });
  }
}

function readerOf(database: Database, folder: string, end: () => void): StoreReader {
  const stacksOf = new Map<string, StackSegments>();
  const rowOf = (id: string): Row => caseRow(database, id, folder);
  const idOf = (id: string): string => textOf(rowOf(id), 'id');
  let open = true;
  return {
    place: folder,
    async cases() {
      return database
        .all(
          'SELECT c.*, r.verdict, r.summary FROM "case" c LEFT JOIN report r ON r.case_id = c.id ORDER BY coalesce(c.to_ms, c.began_ms) DESC, c.id',
        )
        .map(summaryOf);
    },
    async metrics(id, query) {
      return metricSeries(database, idOf(id), query);
    },
    async stackGrowth(id, query) {
      const caseId = idOf(id);
      const known = stacksOf.get(caseId) ?? noSegments();
      stacksOf.set(caseId, known);
      return stackGrowth(database, caseId, query, known);
    },
    async loadCase(id, choice) {
      return loadCase(database, folder, rowOf(id), choice);
    },
    async events(id, range = {}) {
      return readEvents(database, idOf(id), range);
    },
    async report(id) {
      const row = database.first('SELECT * FROM report WHERE case_id = ?', idOf(id));
      return row === undefined ? undefined : savedReport(row);
    },
    async artefacts(id, query = {}) {
      const kinds = query.kinds === undefined ? '' : ` AND kind IN (${query.kinds.map(() => '?').join(', ')})`;
      return database
        .all(
          `SELECT ${artefactColumns} FROM artefact WHERE case_id = ? AND at_ms >= ? AND at_ms <= ?${kinds} ORDER BY capture DESC, id DESC LIMIT ?`,
          idOf(id),
          ...boundsOf(query),
          ...(query.kinds ?? []),
          query.limit ?? 1000,
        )
        .map(artefactFactsOf)
        .reverse();
    },
    async artefact(id, name) {
      const row = database.first(
        `SELECT ${artefactColumns} FROM artefact WHERE case_id = ? AND name = ?`,
        idOf(id),
        name,
      );
      return row === undefined ? undefined : artefactOf(database, folder, row);
    },
    async usedBytes() {
      return usedBytes(folder);
    },
    async close() {
      if (!open) return;
      open = false;
      end();
    },
  };
}

function savedReport(row: Row): SavedReport {
  return {
    atMs: numberOf(row, 'at_ms'),
    verdict: textOf(row, 'verdict'),
    summary: textOf(row, 'summary'),
    json: gunzipSync(bytesOf(row, 'json')).toString(),
  };
}

const sizeOf = (file: string): number => statSync(file, { throwIfNoEntry: false })?.size ?? 0;

function usedBytes(folder: string): number {
  const file = path.join(folder, databaseName);
  return sizeOf(file) + sizeOf(`${file}-wal`) + artefactFileBytes(folder);
}

/** SQLite would take a file that is shorter than its header for an empty database, and write over it. */
function refuseStub(folder: string): void {
  const bytes = sizeOf(path.join(folder, databaseName));
  if (bytes > 0 && bytes < 512)
    throw new KnownError('E-STORE-FOREIGN', `${path.join(folder, databaseName)} is no database`, {
      advice: 'Name another folder with --store DIR. leakline changes nothing in this one.',
    });
}

const notAFolder = (folder: string, cause: unknown): KnownError =>
  new KnownError('E-STORE-FOREIGN', `${folder} is a file; a store is a folder`, {
    advice: 'Name a folder with --store DIR.',
    cause,
  });
