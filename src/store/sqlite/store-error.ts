// What SQLite says when it fails → what a user can do about it. Codes: https://www.sqlite.org/rescode.html.
import { KnownError } from '../../base/errors.ts';

/** KnownErrors pass; failures that no user can cause stay what they are. */
export function storeError(cause: unknown, place: string): unknown {
  if (cause instanceof KnownError || !(cause instanceof Error)) return cause;
  const code = codeOf(cause);
  const known = (name: string, message: string, advice: string): KnownError =>
    new KnownError(name, message, { advice, cause });
  if (code === 'ENOSPC' || code === 'EDQUOT' || code === 'EFBIG' || code.startsWith('SQLITE_FULL'))
    return known(
      'E-STORE-FULL',
      `no space left for the store ${place}`,
      'Free space, or let leakline drop old recordings: `leakline cases prune --older 7d`. What was recorded so far is whole.',
    );
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS' || code.startsWith('SQLITE_READONLY'))
    return known(
      'E-STORE-ACCESS',
      `the store ${place} may not be written (${code})`,
      'Check its owner and that its file system is writable, or name another folder with --store DIR.',
    );
  if (code.startsWith('SQLITE_CANTOPEN') || code === 'ENOTDIR' || code === 'EISDIR' || code === 'ENOENT')
    return known(
      'E-STORE-ACCESS',
      `the store ${place} cannot be opened (${code})`,
      'Check that the folder exists and may be read and written.',
    );
  if (code.startsWith('SQLITE_BUSY') || code.startsWith('SQLITE_LOCKED'))
    return known('E-STORE-LOCKED', `the store ${place} is being written by another process`, 'Try again in a moment.');
  if (code.startsWith('SQLITE_NOTADB'))
    return known(
      'E-STORE-FOREIGN',
      `${place} is no store of leakline, or its beginning was overwritten`,
      'Name another folder with --store DIR. leakline changes nothing in this one.',
    );
  if (code.startsWith('SQLITE_CORRUPT') || /no such (table|column)/.test(cause.message))
    return known(
      'E-STORE-DAMAGED',
      `the store ${place} is damaged: ${cause.message}`,
      'Export what can still be read (`leakline cases export ID -o FILE`), move the folder away and record anew.',
    );
  if (code.startsWith('SQLITE_IOERR') || code === 'EIO')
    return known(
      'E-STORE-DISK',
      `the disk of the store ${place} failed: ${cause.message}`,
      'Look at the kernel log for errors of this disk.',
    );
  return cause;
}

function codeOf(error: Error): string {
  if ('code' in error && typeof error.code === 'string' && error.code !== '') return error.code;
  // A connection that cannot be opened says the number of the code at the end of its message only.
  if (/Unable to open.*: 14"?\)?$/.test(error.message)) return 'SQLITE_CANTOPEN';
  return '';
}
