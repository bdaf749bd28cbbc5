// Whose call it was: the innermost frame of the program itself, when C was called by a library (a database driver).
import type { CodePlace } from '../model/native.ts';

/** `modulePath` as in the build info; undefined when unknown. undefined when the stack shows nothing of the main module. */
export function ownFrameOf(goStack: readonly CodePlace[], modulePath: string | undefined): CodePlace | undefined {
  return goStack.find(({ function: name }) => {
    if (name === undefined || /\._C(func|2func)_|\._cgo_/.test(name)) return false;
    if (name.startsWith('main.')) return true;
    // A package path ends before the first dot behind its last slash.
    return modulePath !== undefined && (name.startsWith(`${modulePath}/`) || name.startsWith(`${modulePath}.`));
  });
}
