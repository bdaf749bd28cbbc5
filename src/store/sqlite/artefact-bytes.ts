// Where the bytes of artefacts lie: small ones in the database (one sync a capture, nothing half), large ones such as heap
// snapshots as files beside it, so that dropping them gives their space back at once. Texts are packed.
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import path from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { KnownError } from '../../base/errors.ts';
import type { Artefact } from '../../model/artefact.ts';
import { bytesOf, type Database, numberOf, type Row, textOf } from './database.ts';
import { storeError } from './store-error.ts';

/** From here on an artefact is a file of its own. */
const fileFromBytes = 4 << 20;

type Form = 'plain' | 'gzip' | 'file';

/** Within a transaction. Returns the bytes that it takes. */
export function putArtefact(database: Database, folder: string, caseId: string, artefact: Artefact): number {
  const { bytes } = artefact;
  const form: Form = bytes.length >= fileFromBytes ? 'file' : isPacked(bytes) ? 'plain' : 'gzip';
  const stored = form === 'gzip' ? gzipSync(bytes, { level: 3 }) : bytes;
  database.run(
    'INSERT INTO artefact (case_id, capture, name, kind, at_ms, incarnation, forced_gc, byte_length, stored_bytes, form) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
    caseId,
    artefact.capture,
    artefact.name,
    artefact.kind,
    artefact.atMs,
    artefact.incarnation,
    artefact.forcedGc ? 1 : 0,
    bytes.length,
    stored.length,
    form,
  );
  const id = numberOf(database.first('SELECT last_insert_rowid() AS id')!, 'id');
  if (form === 'file') writeDurably(fileOf(folder, id), stored);
  else database.run('INSERT INTO artefact_bytes (id, bytes) VALUES (?, ?)', id, stored);
  return stored.length;
}

/** Of a row with id, form and byte_length. */
export function getArtefactBytes(database: Database, folder: string, row: Row): Uint8Array {
  const id = numberOf(row, 'id');
  const form = textOf(row, 'form') as Form;
  const byteLength = numberOf(row, 'byte_length');
  let bytes: Uint8Array;
  try {
    if (form === 'file') bytes = readFileSync(fileOf(folder, id));
    else {
      const stored = database.first('SELECT bytes FROM artefact_bytes WHERE id = ?', id);
      if (stored === undefined) throw new Error('its bytes are missing');
      bytes = bytesOf(stored, 'bytes');
      if (form === 'gzip') bytes = gunzipSync(bytes, { maxOutputLength: Math.max(1, byteLength) });
    }
    if (bytes.length !== byteLength) throw new Error(`it has ${bytes.length} bytes, not ${byteLength}`);
  } catch (cause) {
    if (cause instanceof KnownError) throw cause;
    throw new KnownError(
      'E-STORE-DAMAGED',
      `the artefact ${textOf(row, 'name')} cannot be read from the store ${folder}: ${cause instanceof Error ? cause.message : String(cause)}`,
      { advice: 'Other captures may be whole: choose them with --from and --to.', cause },
    );
  }
  // A Buffer would compare unequal to the bytes that were given.
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** After the rows were dropped for good. */
export function removeArtefactFiles(folder: string, ids: readonly number[]): void {
  for (const id of ids) rmSync(fileOf(folder, id), { force: true });
}

/** Files of captures that were never acknowledged, or of rows that were dropped just before a crash. */
export function sweepArtefactFiles(database: Database, folder: string): void {
  for (const name of listFiles(folder)) {
    const id = Number(name);
    if (
      Number.isInteger(id) &&
      database.first("SELECT id FROM artefact WHERE id = ? AND form = 'file'", id) === undefined
    )
      rmSync(fileOf(folder, id), { force: true });
  }
}

export function artefactFileBytes(folder: string): number {
  let total = 0;
  for (const name of listFiles(folder)) {
    total += statSync(path.join(folder, 'artefacts', name), { throwIfNoEntry: false })?.size ?? 0;
  }
  return total;
}

function listFiles(folder: string): readonly string[] {
  try {
    return readdirSync(path.join(folder, 'artefacts'));
  } catch {
    return [];
  }
}

function writeDurably(file: string, bytes: Uint8Array): void {
  try {
    mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
    const handle = openSync(file, 'w', 0o600);
    try {
      for (let at = 0; at < bytes.length; ) at += writeSync(handle, bytes, at);
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
    const directory = openSync(path.dirname(file), 'r');
    try {
      fsyncSync(directory);
    } finally {
      closeSync(directory);
    }
  } catch (error) {
    rmSync(file, { force: true });
    throw storeError(error, path.dirname(path.dirname(file)));
  }
}

const fileOf = (folder: string, id: number): string => path.join(folder, 'artefacts', String(id));

const isPacked = (bytes: Uint8Array): boolean => bytes[0] === 0x1f && bytes[1] === 0x8b;
