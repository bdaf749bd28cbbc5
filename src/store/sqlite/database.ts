// The one place that talks to libsql (SQLite with better-sqlite3's interface): it is loaded when a store is opened, its
// errors become KnownErrors, and blobs come back as Uint8Array whatever the library makes of them.
import { pathToFileURL } from 'node:url';
import type { Database as Connection, Statement } from 'libsql';
import { KnownError } from '../../base/errors.ts';
import { storeError } from './store-error.ts';

export type SqlValue = number | string | Uint8Array | null;
/** Texts come as bytes: `textOf` decodes them. */
export type Row = Readonly<Record<string, number | Uint8Array | null>>;

export interface Database {
  /** Statements without parameters and answers. */
  execute(sql: string): void;
  /** Rows that were changed. */
  run(sql: string, ...values: readonly SqlValue[]): number;
  first(sql: string, ...values: readonly SqlValue[]): Row | undefined;
  all(sql: string, ...values: readonly SqlValue[]): readonly Row[];
  /** All or nothing: what throws is rolled back. On disk when it returns. */
  transaction<T>(body: () => T): T;
  close(): void;
}

export interface OpenOptions {
  /** What messages call it. */
  readonly place: string;
  /** `immutable`: nobody writes, and nothing may be written beside it. */
  readonly mode: 'write' | 'read' | 'immutable';
}

/** Throws KnownError; a file that is no database is found out at its first use. */
export async function openDatabase(file: string, { place, mode }: OpenOptions): Promise<Database> {
  const Libsql = await loadLibsql();
  // A URI carries the mode; pathToFileURL escapes what has a meaning in it.
  const uri = pathToFileURL(file).href;
  const query = { write: '?mode=rwc', read: '?mode=ro', immutable: '?mode=ro&immutable=1' }[mode];
  let connection: Connection;
  try {
    connection = new Libsql(uri + query);
  } catch (cause) {
    throw storeError(cause, place);
  }
  return wrap(connection, place);
}

async function loadLibsql(): Promise<typeof import('libsql')> {
  try {
    const loaded = await import('libsql');
    return loaded.default;
  } catch (cause) {
    throw new KnownError(
      'E-STORE-ENGINE',
      `the package libsql, which keeps recordings, cannot be loaded on ${process.platform} ${process.arch}`,
      {
        advice:
          'Its native part is an optional package (@libsql/<platform>): install leakline again without --omit=optional, or `npm install libsql`.',
        cause,
      },
    );
  }
}

function wrap(connection: Connection, place: string): Database {
  const statements = new Map<string, Statement>();
  const selects = new Map<string, string>();
  const prepare = (sql: string): Statement => {
    let statement = statements.get(sql);
    if (statement === undefined) {
      statement = connection.prepare(sql);
      statements.set(sql, statement);
    }
    return statement;
  };
  const ask = (sql: string): Statement => prepare(selects.get(sql) ?? bindSelect(sql));
  const bindSelect = (sql: string): string => {
    const select = sql.startsWith('SELECT') ? withoutText(sql, prepare(sql)) : sql;
    selects.set(sql, select);
    return select;
  };
  const attempt = <T>(body: () => T): T => {
    try {
      return body();
    } catch (cause) {
      throw storeError(cause, place);
    }
  };
  const execute = (sql: string): void => attempt(() => void connection.exec(sql));
  return {
    execute,
    run: (sql, ...values) => attempt(() => prepare(sql).run(bound(values)).changes),
    first: (sql, ...values) =>
      attempt(() => {
        const row = ask(sql).get(bound(values));
        return row === undefined || row === null ? undefined : plainRow(row);
      }),
    all: (sql, ...values) => attempt(() => ask(sql).all(bound(values)).map(plainRow)),
    transaction(body) {
      execute('BEGIN IMMEDIATE');
      try {
        const result = body();
        execute('COMMIT');
        return result;
      } catch (error) {
        // A full disk may have rolled it back already.
        if (connection.inTransaction) execute('ROLLBACK');
        throw error;
      }
    },
    close: () => attempt(() => void connection.close()),
  };
}

/**
 * The same query with bytes in the place of texts: libsql ends the process when a text is not UTF-8, and in a damaged file
 * any value may be such a text.
 */
function withoutText(sql: string, statement: Statement): string {
  const columns = statement
    .columns()
    .map(
      ({ name }) => `CASE typeof("${name}") WHEN 'text' THEN CAST("${name}" AS BLOB) ELSE "${name}" END AS "${name}"`,
    );
  return `SELECT ${columns.join(', ')} FROM (${sql})`;
}

/** One list: libsql takes a single value that is an object for names and values, and ends the process when it has none. */
const bound = (values: readonly SqlValue[]): readonly SqlValue[] =>
  values.map((value) =>
    value instanceof Uint8Array ? Buffer.from(value.buffer, value.byteOffset, value.byteLength) : value,
  );

function plainRow(row: unknown): Row {
  const plain: Record<string, number | Uint8Array | null> = {};
  for (const [name, value] of Object.entries(row as Record<string, unknown>)) {
    if (value instanceof ArrayBuffer) plain[name] = new Uint8Array(value);
    else if (typeof value === 'number' || value instanceof Uint8Array) plain[name] = value;
    // `_metadata` is libsql's own; the rest is null or a pragma's word.
    else if (name !== '_metadata') plain[name] = null;
  }
  return plain;
}

/** A column that is promised by the schema; anything else is a damaged store. */
export const numberOf = (row: Row, column: string): number => {
  const value = row[column];
  if (typeof value !== 'number') throw damagedColumn(column, 'a number');
  return value;
};

export const textOf = (row: Row, column: string): string => {
  const value = row[column];
  if (!(value instanceof Uint8Array)) throw damagedColumn(column, 'text');
  try {
    return utf8.decode(value);
  } catch {
    throw damagedColumn(column, 'text');
  }
};

const utf8 = new TextDecoder('utf-8', { fatal: true });

export const bytesOf = (row: Row, column: string): Uint8Array => {
  const value = row[column];
  if (!(value instanceof Uint8Array)) throw damagedColumn(column, 'bytes');
  return value;
};

/** JSON that the store itself wrote. */
export function jsonOf(row: Row, column: string): unknown {
  try {
    return JSON.parse(textOf(row, column));
  } catch (cause) {
    if (cause instanceof KnownError) throw cause;
    throw damagedColumn(column, 'JSON');
  }
}

const damagedColumn = (column: string, expected: string): KnownError =>
  new KnownError('E-STORE-DAMAGED', `the store is damaged: its column ${column} does not hold ${expected}`, {
    advice: 'Move it away and record anew; `leakline cases export` may still read other cases of it.',
  });
