// The tables of a store, and whether a file is one. A row never holds one value: numbers are columns over time in chunks
// of 256 captures with their moments beside them; what has not filled a chunk yet lies in a tail, one row a capture, so
// that each append is small and on disk at once.
import { KnownError } from '../../base/errors.ts';
import { type Database, numberOf, textOf } from './database.ts';

/** "LeaL" in the header of the file (https://www.sqlite.org/pragma.html#pragma_application_id). */
const applicationId = 0x4c65614c;
const schemaVersion = 1;

const tables = `
CREATE TABLE "case" (
  id TEXT PRIMARY KEY, key TEXT NOT NULL UNIQUE, target TEXT NOT NULL, sources TEXT, cost TEXT, walk_gap TEXT,
  resume_state TEXT, began_ms REAL NOT NULL, from_ms REAL, to_ms REAL,
  next_capture INTEGER NOT NULL, last_incarnation INTEGER, captures INTEGER NOT NULL, profiles INTEGER NOT NULL,
  incarnations INTEGER NOT NULL, bytes INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE event (
  case_id TEXT NOT NULL, at_ms REAL NOT NULL, kind TEXT NOT NULL, incarnation INTEGER NOT NULL, message TEXT NOT NULL,
  until_ms REAL
);
CREATE INDEX event_by_time ON event (case_id, at_ms);
CREATE TABLE report (
  case_id TEXT PRIMARY KEY, at_ms REAL NOT NULL, verdict TEXT NOT NULL, summary TEXT NOT NULL, json BLOB NOT NULL
) WITHOUT ROWID;
CREATE TABLE artefact (
  id INTEGER PRIMARY KEY, case_id TEXT NOT NULL, capture INTEGER NOT NULL, name TEXT NOT NULL, kind TEXT NOT NULL,
  at_ms REAL NOT NULL, incarnation INTEGER NOT NULL, forced_gc INTEGER NOT NULL, byte_length INTEGER NOT NULL,
  stored_bytes INTEGER NOT NULL, form TEXT NOT NULL
);
CREATE UNIQUE INDEX artefact_by_name ON artefact (case_id, name);
CREATE INDEX artefact_by_capture ON artefact (case_id, capture);
CREATE TABLE artefact_bytes (id INTEGER PRIMARY KEY, bytes BLOB NOT NULL);
CREATE TABLE stack_segment (
  case_id TEXT NOT NULL, segment INTEGER NOT NULL, prefixes BLOB NOT NULL, frames BLOB NOT NULL, new_frames TEXT NOT NULL,
  PRIMARY KEY (case_id, segment)
) WITHOUT ROWID;
CREATE TABLE metric_tail (
  case_id TEXT NOT NULL, capture INTEGER NOT NULL, at_ms REAL NOT NULL, incarnation INTEGER NOT NULL, metrics TEXT NOT NULL,
  PRIMARY KEY (case_id, capture)
) WITHOUT ROWID;
CREATE TABLE metric_chunk (
  case_id TEXT NOT NULL, first_capture INTEGER NOT NULL, incarnation INTEGER NOT NULL, from_ms REAL NOT NULL,
  to_ms REAL NOT NULL, captures INTEGER NOT NULL, names TEXT NOT NULL, times BLOB NOT NULL, data BLOB NOT NULL,
  PRIMARY KEY (case_id, first_capture)
);
CREATE TABLE heap_tail (
  case_id TEXT NOT NULL, capture INTEGER NOT NULL, at_ms REAL NOT NULL, incarnation INTEGER NOT NULL,
  has_values TEXT NOT NULL, stacks BLOB NOT NULL, data BLOB NOT NULL,
  PRIMARY KEY (case_id, capture)
);
CREATE TABLE heap_chunk (
  case_id TEXT NOT NULL, first_capture INTEGER NOT NULL, incarnation INTEGER NOT NULL, from_ms REAL NOT NULL,
  to_ms REAL NOT NULL, captures INTEGER NOT NULL, times BLOB NOT NULL, stacks BLOB NOT NULL,
  PRIMARY KEY (case_id, first_capture)
);
CREATE TABLE heap_column (
  case_id TEXT NOT NULL, first_capture INTEGER NOT NULL, value TEXT NOT NULL, moments BLOB NOT NULL, data BLOB NOT NULL,
  PRIMARY KEY (case_id, first_capture, value)
);
`;

/** Every table that has rows of a case, for forgetting one. */
export const caseTables =
  'event report artefact stack_segment metric_tail metric_chunk heap_tail heap_chunk heap_column'.split(' ');

/** Makes the tables of a new file. Killed in between, the file is as new as before. */
export function createSchema(database: Database): void {
  database.execute('PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL;');
  database.transaction(() =>
    database.execute(`${tables} PRAGMA application_id = ${applicationId}; PRAGMA user_version = ${schemaVersion};`),
  );
}

/** `new` has no tables at all. Throws KnownError for anything that this version cannot read. */
export function checkSchema(database: Database, place: string): 'new' | 'ours' {
  const pragma = (name: string): number => numberOf(database.first(`PRAGMA ${name}`)!, name);
  const found = pragma('application_id');
  if (found === 0 && numberOf(database.first('SELECT count(*) AS n FROM sqlite_schema')!, 'n') === 0) return 'new';
  if (found !== applicationId)
    throw new KnownError('E-STORE-FOREIGN', `${place} holds a database of another program`, {
      advice: 'Name another folder with --store DIR. leakline changes nothing in this one.',
    });
  const version = pragma('user_version');
  if (version !== schemaVersion)
    throw new KnownError(
      'E-STORE-VERSION',
      `the store ${place} has format ${version}; this leakline reads format ${schemaVersion}`,
      { advice: 'A newer leakline wrote it: use that version, or name another folder with --store DIR.' },
    );
  // Names that were flipped would end the process when libsql spells them.
  const written = database
    .all('SELECT CAST(sql AS BLOB) AS sql FROM sqlite_schema WHERE sql IS NOT NULL')
    .map((row) => textOf(row, 'sql'));
  const expected = tables.split(';').map((sql) => sql.trim());
  if (
    written.sort().join(';') !==
    expected
      .filter((sql) => sql !== '')
      .sort()
      .join(';')
  )
    throw new KnownError('E-STORE-DAMAGED', `the store ${place} is damaged: its tables are not as they were made`, {
      advice: 'Move it away and record anew.',
    });
  return 'ours';
}
