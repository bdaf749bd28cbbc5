// From the words of a command line (`./...`, a directory, a file) to directories with Go files, as the go command
// understands them: `...` leaves out testdata, vendor and names that begin with a dot or an underscore, and follows no
// links to directories, so that a loop of links is none. Modules below are scanned, too, with their own go.mod.
// Source: cmd/go `go help packages`.
import type { Dirent } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { CaptureError } from '../base/errors.ts';
import { type ModuleFacts, readModuleFacts } from '../model/go-module.ts';
import type { ScanNote, SkipReason } from '../model/scan.ts';

export interface GoDirectory {
  readonly directory: string;
  /** Names of its Go files, sorted. */
  readonly names: readonly string[];
  /** Files that were asked for by name; of the others only the facts count. Undefined: all. */
  readonly asked: readonly string[] | undefined;
  readonly module: ModuleFacts | undefined;
  /** Undefined outside of modules. */
  readonly importPath: string | undefined;
}

export interface FoundPackages {
  readonly directories: readonly GoDirectory[];
  readonly skipped: ReadonlyMap<SkipReason, number>;
  readonly notes: readonly ScanNote[];
}

export interface FindOptions {
  readonly cwd: string;
  readonly vendor: boolean;
  readonly testdata: boolean;
  readonly signal?: AbortSignal;
}

/** Deeper trees are no source. */
const mostDepth = 64;
const mostModBytes = 1 << 20;

/** Throws CaptureError for a word that names nothing, and when there is no Go file at all: nothing was looked at. */
export async function findGoPackages(words: readonly string[], options: FindOptions): Promise<FoundPackages> {
  const directories = new Map<string, GoDirectory>();
  const skipped = new Map<SkipReason, number>();
  const notes: ScanNote[] = [];
  const modules = new Map<string, Promise<FoundModule | undefined>>();
  const moduleFor = (directory: string): Promise<FoundModule | undefined> => {
    let known = modules.get(directory);
    if (known === undefined) {
      known = ownModule(directory).then((own) => {
        if (own !== undefined) return { root: directory, facts: own };
        const parent = path.dirname(directory);
        return parent === directory ? undefined : moduleFor(parent);
      });
      modules.set(directory, known);
    }
    return known;
  };
  const add = async (directory: string, names: readonly string[], asked: string | undefined): Promise<void> => {
    if (names.length === 0) return;
    const before = directories.get(directory);
    const wanted =
      asked === undefined || (before !== undefined && before.asked === undefined)
        ? undefined
        : [...(before?.asked ?? []), asked];
    const module = await moduleFor(directory);
    directories.set(directory, {
      directory,
      names: [...names].sort(),
      asked: wanted,
      module: module?.facts,
      importPath: module === undefined ? undefined : importPathOf(module, directory),
    });
  };
  const walk = async (root: string): Promise<void> => {
    const queue: { directory: string; depth: number }[] = [{ directory: root, depth: 0 }];
    for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
      if (options.signal?.aborted === true) return;
      const { directory, depth } = next;
      const entries = await list(directory).catch(() => undefined);
      if (entries === undefined) {
        notes.push({ file: directory, line: 0, message: 'cannot be read' });
        continue;
      }
      await add(directory, goFiles(entries), undefined);
      for (const entry of entries) {
        const inner = path.join(directory, entry.name);
        if (/^[._]/.test(entry.name)) continue;
        if (entry.isSymbolicLink()) {
          const leads = await stat(inner).catch(() => undefined);
          if (leads?.isDirectory() === true)
            notes.push({ file: inner, line: 0, message: 'is a link to a directory and was not followed' });
          continue;
        }
        if (!entry.isDirectory()) continue;
        const leftOut =
          entry.name === 'vendor' && !options.vendor
            ? 'vendor'
            : entry.name === 'testdata' && !options.testdata
              ? 'testdata'
              : undefined;
        if (leftOut !== undefined) skipped.set(leftOut, (skipped.get(leftOut) ?? 0) + 1);
        else if (depth < mostDepth) queue.push({ directory: inner, depth: depth + 1 });
        else
          notes.push({
            file: inner,
            line: 0,
            message: `lies more than ${mostDepth} directories deep and was left out`,
          });
      }
    }
  };

  for (const word of words.length === 0 ? ['./...'] : words) {
    const all = /^(.*?)[/\\]?\.\.\.$/.exec(word);
    const place = path.resolve(options.cwd, all === null ? word : all[1] === '' && word !== '...' ? path.sep : all[1]!);
    const info = await stat(place).catch(() => undefined);
    if (info === undefined) {
      throw new CaptureError('E-NO-PACKAGE', `${word}: there is no such file or directory`, {
        advice: 'Give Go files, directories, or ./... for all below this one; import paths are not looked up.',
      });
    }
    if (info.isDirectory()) {
      if (all !== null) await walk(place);
      else {
        const names = goFiles(await list(place));
        if (names.length === 0) throw noGoFiles(word, `For all below it: ${path.join(word, '...')}`);
        await add(place, names, undefined);
      }
    } else if (all !== null || !place.endsWith('.go')) {
      throw new CaptureError('E-NO-PACKAGE', `${word} is no Go file`, { advice: 'Give a directory or a .go file.' });
    } else {
      const directory = path.dirname(place);
      await add(
        directory,
        [...new Set([...goFiles(await list(directory)), path.basename(place)])],
        path.basename(place),
      );
    }
  }
  if (directories.size === 0 && options.signal?.aborted !== true)
    throw noGoFiles(words.join(' ') || './...', leftOutAdvice(skipped));
  return {
    directories: [...directories.values()].sort((a, b) => (a.directory < b.directory ? -1 : 1)),
    skipped,
    notes,
  };
}

const noGoFiles = (words: string, advice: string): CaptureError =>
  new CaptureError('E-NO-PACKAGE', `there are no Go files in ${words}`, { advice });

const leftOutAdvice = (skipped: ReadonlyMap<SkipReason, number>): string =>
  skipped.size === 0
    ? 'Give Go files, directories, or ./... for all below this one.'
    : `Left out: ${[...skipped.keys()].map((reason) => `${reason} (--${reason} takes it in)`).join(', ')}.`;

interface FoundModule {
  readonly root: string;
  readonly facts: ModuleFacts;
}

function importPathOf({ root, facts }: FoundModule, directory: string): string {
  const below = path.relative(root, directory).split(path.sep).join('/');
  // The standard library is module `std`, whose packages go by their own names; the go command is `cmd`.
  if (facts.modulePath === 'std') return below === '' ? 'std' : below;
  return below === '' ? facts.modulePath : `${facts.modulePath}/${below}`;
}

async function ownModule(directory: string): Promise<ModuleFacts | undefined> {
  const file = path.join(directory, 'go.mod');
  const info = await stat(file).catch(() => undefined);
  if (info === undefined || !info.isFile() || info.size > mostModBytes) return undefined;
  return readFile(file, 'utf8').then(readModuleFacts, () => undefined);
}

const list = (directory: string): Promise<Dirent[]> => readdir(directory, { withFileTypes: true });

const goFiles = (entries: readonly Dirent[]): string[] =>
  entries.flatMap((entry) =>
    entry.name.endsWith('.go') && !/^[._]/.test(entry.name) && (entry.isFile() || entry.isSymbolicLink())
      ? [entry.name]
      : [],
  );
