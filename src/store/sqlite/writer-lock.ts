// One writer a store. The lock is a file of its own that SQLite keeps locked as long as the process lives: the kernel
// lets go of it when the process ends, however it ends, so no lock is ever stale. The pid beside it is for the message.
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { KnownError } from '../../base/errors.ts';
import { type Database, openDatabase } from './database.ts';
import { storeError } from './store-error.ts';

/** Resolves to what gives it back. Throws KnownError E-STORE-LOCKED when another writer has it. */
export async function lockForWriting(folder: string, pid: number): Promise<() => void> {
  const pidFile = path.join(folder, 'writer.pid');
  let database: Database | undefined;
  try {
    database = await openDatabase(path.join(folder, 'writer.lock'), { place: folder, mode: 'write' });
    database.execute('PRAGMA busy_timeout = 0; PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE;');
    await writeFile(pidFile, `${pid}\n`);
  } catch (error) {
    database?.close();
    if (!(error instanceof KnownError && error.code === 'E-STORE-LOCKED')) throw storeError(error, folder);
    const holder = await readFile(pidFile, 'utf8').catch(() => '');
    const name = /^\d+\n$/.test(holder) ? `the process ${holder.trim()}` : 'another process';
    throw new KnownError('E-STORE-LOCKED', `${name} is recording into the store ${folder}`, {
      advice:
        'One store has one recorder: stop it, or name another folder with --store DIR. Reading is always possible.',
      cause: error,
    });
  }
  const held = database;
  return () => held.close();
}
