// Opens a place for recordings. Today a place is a folder with the embedded engine; other engines are told by their form.
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { databaseName } from './sqlite/file-names.ts';
import type { StoreReader, StoreWriter } from './store.ts';

export interface OpenStoreOptions {
  readonly mode: 'read' | 'write';
  /** Of this process, for the message that another writer gets. */
  readonly pid?: number;
}

/** Throws KnownErrors as `store.ts` lists them. Writing makes the folder; reading needs one. */
export function openStore(place: string, options: OpenStoreOptions & { readonly mode: 'write' }): Promise<StoreWriter>;
export function openStore(place: string, options: OpenStoreOptions): Promise<StoreReader>;
export async function openStore(place: string, { mode, pid }: OpenStoreOptions): Promise<StoreReader> {
  // Whoever asks only whether a folder is a store does not pay for the engine.
  const { openSqliteReader, openSqliteWriter } = await import('./sqlite/open-sqlite-store.ts');
  return mode === 'write' ? openSqliteWriter(place, pid ?? process.pid) : openSqliteReader(place);
}

/** Whether a folder given as a target is a store rather than a folder of profiles. */
export async function isStore(place: string): Promise<boolean> {
  return (await stat(path.join(place, databaseName)).catch(() => undefined))?.isFile() ?? false;
}

/** Where recordings lie when nobody says otherwise (XDG Base Directory Specification 0.8, state). */
export function defaultStorePlace(environment: Readonly<Record<string, string | undefined>>, home: string): string {
  const state = environment['XDG_STATE_HOME'];
  // The specification: relative paths are invalid and ignored.
  const base = state !== undefined && path.isAbsolute(state) ? state : path.join(home, '.local', 'state');
  return path.join(base, 'leakline');
}
