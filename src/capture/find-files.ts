// Which files stand behind the paths that the user gave: files as they are, directories walked in order, bounded.
import { lstat, readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { CaptureError } from '../base/errors.ts';

export interface FoundFile {
  /** As given, or the given directory joined with the path below it. */
  readonly path: string;
  readonly sizeBytes: number;
  readonly modifiedMs: number;
  /** False for a pipe: it is read once, from its beginning. */
  readonly regular: boolean;
  /** False for a file that was found in a directory: what is no profile there is passed over. */
  readonly named: boolean;
}

const maxFiles = 5000;
const maxDepth = 8;
const passedOver = new Set(['.git', 'node_modules']);

/** Throws CaptureError for a path that does not exist or a directory with too many files. */
export async function findFiles(paths: readonly string[]): Promise<FoundFile[]> {
  const found: FoundFile[] = [];
  const pending = [...paths].reverse().map((name) => ({ name, depth: 0 }));
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { name, depth } = next;
    const info = await (depth === 0 ? stat(name) : lstat(name)).catch((cause: unknown) => {
      if (depth > 0) return undefined;
      const denied = cause instanceof Error && 'code' in cause && cause.code === 'EACCES';
      throw new CaptureError('E-CAPTURE-FILE', denied ? `${name} may not be read` : `there is no file ${name}`, {
        advice: 'Check the path; it is taken relative to the current directory.',
        cause,
      });
    });
    if (info === undefined) continue;
    if (info.isDirectory()) {
      if (depth > maxDepth) continue;
      const names = (await readdir(name)).filter((entry) => !passedOver.has(entry)).sort();
      for (const entry of names.reverse()) pending.push({ name: path.join(name, entry), depth: depth + 1 });
    } else if (info.isFile() || (depth === 0 && !info.isSymbolicLink())) {
      found.push({
        path: name,
        sizeBytes: info.size,
        modifiedMs: info.mtimeMs,
        regular: info.isFile(),
        named: depth === 0,
      });
      if (found.length > maxFiles)
        throw new CaptureError('E-CAPTURE-FILES', `more than ${maxFiles} files below ${paths.join(', ')}`, {
          advice: 'Give the directory that holds the profiles only.',
        });
    }
  }
  return found;
}
