// Lines that a branch changed: everything since it left BASE, commits and what is not committed, for `--changed BASE`.
// Source: git-diff(1) (unified format, core.quotePath), git-merge-base(1).
import path from 'node:path';
import { CaptureError } from '../base/errors.ts';
import type { RunProgram } from './run-program.ts';

export interface ChangedLines {
  /** Full paths. */
  readonly files: ReadonlySet<string>;
  isChanged(file: string, line: number): boolean;
}

/** Throws CaptureError when this is no git checkout or BASE is not known. */
export async function readChangedLines(base: string, cwd: string, run: RunProgram): Promise<ChangedLines> {
  // A name that looks like a flag is none of git's business.
  if (base.startsWith('-')) throw notThere(base, undefined);
  const git = (...args: readonly string[]): Promise<string> =>
    run('git', ['-C', cwd, '-c', 'core.quotePath=false', ...args]);
  let root: string;
  let from: string;
  try {
    root = (await git('rev-parse', '--show-toplevel')).trim();
    from = (await git('merge-base', base, 'HEAD')).trim();
  } catch (cause) {
    throw notThere(base, cause);
  }
  const diff = await git(
    '-C',
    root,
    'diff',
    '--unified=0',
    '--no-color',
    '--no-ext-diff',
    '--no-renames',
    '--src-prefix=a/',
    '--dst-prefix=b/',
    from,
    '--',
    '*.go',
  );
  const fresh = await git('-C', root, 'ls-files', '--others', '--exclude-standard', '-z', '--', '*.go');
  const changed = new Map<string, readonly LineRange[]>();
  for (const [name, ranges] of parseDiff(diff)) changed.set(path.join(root, name), ranges);
  for (const name of fresh.split('\0'))
    if (name !== '') changed.set(path.join(root, name), [{ from: 1, to: Number.MAX_SAFE_INTEGER }]);
  return {
    files: new Set(changed.keys()),
    isChanged: (file, line) => changed.get(file)?.some((range) => range.from <= line && line <= range.to) === true,
  };
}

interface LineRange {
  readonly from: number;
  readonly to: number;
}

/** New lines of each file of a diff without context. */
export function parseDiff(diff: string): ReadonlyMap<string, readonly LineRange[]> {
  const found = new Map<string, LineRange[]>();
  let ranges: LineRange[] | undefined;
  // Lines of the content begin with + or -, so that `+++ ` may also be content: it is a header only before a hunk.
  let left = 0;
  for (const line of diff.split('\n')) {
    if (left > 0 && /^[+\-\\]/.test(line)) {
      if (!line.startsWith('\\')) left--;
      continue;
    }
    const hunk = /^@@ -\d+(?:,(\d+))? \+(\d+)(?:,(\d+))? @@/.exec(line);
    if (hunk !== null) {
      const [, removed, start, added] = hunk;
      const count = Number(added ?? 1);
      left = Number(removed ?? 1) + count;
      if (count > 0) ranges?.push({ from: Number(start), to: Number(start) + count - 1 });
      continue;
    }
    const header = /^\+\+\+ (?:"b\/(.*)"|b\/(.*?))\t?$/.exec(line);
    if (header === null) continue;
    ranges = [];
    found.set(header[1] === undefined ? header[2]! : unquoted(header[1]), ranges);
  }
  return found;
}

/** git writes quotes, backslashes and control characters as in C. */
const unquoted = (name: string): string =>
  name.replace(/\\(["\\tn])/g, (_, letter: string) => (letter === 't' ? '\t' : letter === 'n' ? '\n' : letter));

const notThere = (base: string, cause: unknown): CaptureError =>
  new CaptureError('E-NO-BASE', `git does not know what changed since ${base}`, {
    advice: 'Run it in a git checkout that has the base: git fetch origin BASE (in CI: fetch-depth: 0).',
    cause,
  });
