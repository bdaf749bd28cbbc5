// The source text behind the file names of a profile, as far as it can be found on this machine: on disk as named, below
// a given source directory, in the module cache, in GOROOT. Only Go files that were asked for, the other files of their
// packages, because the answer (who closes the channel) often stands in a neighbour, and the packages of the same module
// that those import.
// Source of the module cache's names: golang.org/x/mod/module EscapePath; of -trimpath's: cmd/go `go help build`.
import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { moduleOf, ownImports } from './own-imports.ts';

export interface SourceOptions {
  /** Root of the program's checkout; wins over a file that happens to lie at the profile's own path. */
  readonly sourceDir?: string | undefined;
  /** Main module, e.g. `github.com/acme/svc`: -trimpath builds name files below it. */
  readonly modulePath?: string | undefined;
  readonly goroot?: string | undefined;
  readonly gomodcache?: string | undefined;
  /** Of all files; default 8 MiB. */
  readonly maxBytes?: number;
  /** Default 400. */
  readonly maxFiles?: number;
}

const defaultMaxBytes = 8 << 20;
const defaultMaxFiles = 400;
/** Imports of imports are read, and theirs; further away a value is seldom followed. */
const importDepth = 3;
/** Larger ones are generated tables. */
const maxFileBytes = 2 << 20;

interface Resolved {
  /** Where it lies on this machine. */
  readonly onDisk: string;
  /** Belongs to the program itself, not to a dependency or the standard library. */
  readonly own: boolean;
}

/** Texts by the path that the profile uses; what cannot be found or is no text is absent. */
export async function readSources(
  wantedFiles: readonly string[],
  options: SourceOptions = {},
): Promise<Map<string, string>> {
  const wanted = [...new Set(wantedFiles)].filter(
    (name) => name.endsWith('.go') && !name.split(/[/\\]/).includes('..'),
  );
  const sources = new Map<string, string>();
  let bytesLeft = options.maxBytes ?? defaultMaxBytes;
  const maxFiles = options.maxFiles ?? defaultMaxFiles;
  const load = async (name: string, onDisk: string): Promise<void> => {
    if (sources.has(name) || sources.size >= maxFiles) return;
    const text = await readGoFile(onDisk, Math.min(bytesLeft, maxFileBytes));
    if (text === undefined) return;
    bytesLeft -= Buffer.byteLength(text);
    sources.set(name, text);
  };
  const root = options.sourceDir === undefined ? undefined : await buildRoot(wanted, options.sourceDir, options);
  let packages = new Map<string, string>();
  for (const name of wanted) {
    const resolved = await resolve(name, root, options);
    if (resolved === undefined) continue;
    await load(name, resolved.onDisk);
    if (resolved.own) packages.set(directoryOf(name), path.dirname(resolved.onDisk));
  }
  const read = new Set<string>();
  for (let depth = 0; depth <= importDepth && packages.size > 0; depth++) {
    const next = new Map<string, string>();
    for (const [directory, onDisk] of packages) {
      if (read.has(onDisk)) continue;
      read.add(onDisk);
      for (const neighbour of (await readdir(onDisk).catch(() => [])).sort()) {
        if (neighbour.endsWith('.go') && !neighbour.endsWith('_test.go'))
          await load(joinAs(directory, neighbour), path.join(onDisk, neighbour));
      }
      for (const [name, place] of await importedPackages(directory, onDisk, sources)) next.set(name, place);
    }
    packages = next;
  }
  return sources;
}

/** Packages of the same module that the files of a directory import, by the directory that a profile would name. */
async function importedPackages(
  directory: string,
  onDisk: string,
  sources: ReadonlyMap<string, string>,
): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  const module = await moduleOf(onDisk);
  if (module === undefined) return found;
  const below = path.relative(module.rootOnDisk, onDisk).split(path.sep).join('/');
  // Where the profile's names do not end like the directory, it is not known how it would name others.
  if (below !== '' && directory !== below && !directory.endsWith(`/${below}`)) return found;
  const rootName = below === '' ? directory : directory.slice(0, Math.max(0, directory.length - below.length - 1));
  for (const [name, text] of sources) {
    if (directoryOf(name) !== directory) continue;
    for (const imported of ownImports(text, module.modulePath))
      found.set(imported === '' ? rootName : joinAs(rootName, imported), path.join(module.rootOnDisk, imported));
  }
  return found;
}

/** Where the go command keeps what it reads. */
export interface GoPaths {
  readonly goroot: string | undefined;
  readonly gomodcache: string;
}

/** GOROOT and GOMODCACHE as the go command would choose them, without running it. */
export function goPathsFromEnvironment(env: Readonly<Record<string, string | undefined>>, home: string): GoPaths {
  const gopath = env['GOPATH']?.split(path.delimiter)[0] || path.join(home, 'go');
  return { goroot: env['GOROOT'] || undefined, gomodcache: env['GOMODCACHE'] || path.join(gopath, 'pkg', 'mod') };
}

async function resolve(name: string, root: string | undefined, options: SourceOptions): Promise<Resolved | undefined> {
  const { sourceDir, goroot, gomodcache } = options;
  const dependency = name.includes('/pkg/mod/') || /@v\d/.test(name);
  if (dependency) {
    const candidates = [name];
    const versioned = /^(?:.*\/pkg\/mod\/)?([^@]+@v[^/]+)\/(.+)$/.exec(name);
    if (gomodcache !== undefined && versioned !== null)
      candidates.push(
        path.join(gomodcache, name.includes('/pkg/mod/') ? versioned[1]! : escapeModule(versioned[1]!), versioned[2]!),
      );
    return first(candidates, false);
  }
  const inGoroot = goroot === undefined ? undefined : path.join(goroot, 'src', name);
  // A name without a dot in its first element is the standard library's, when it is there.
  if (!path.isAbsolute(name) && !name.split('/', 1)[0]!.includes('.') && inGoroot !== undefined) {
    const found = await first([inGoroot], false);
    if (found !== undefined) return found;
  }
  if (goroot !== undefined && name.startsWith(`${goroot}/`)) return first([name], false);
  if (sourceDir !== undefined) {
    const found =
      (await first(root === undefined ? [] : underRoot(name, root, sourceDir), true)) ??
      (await first(suffixes(name, sourceDir, options.modulePath), true)) ??
      (await first([path.join(sourceDir, 'vendor', name)], false));
    if (found !== undefined) return found;
  }
  return path.isAbsolute(name) ? first([name], true) : undefined;
}

async function first(candidates: readonly string[], own: boolean): Promise<Resolved | undefined> {
  for (const onDisk of candidates) if (await isFile(onDisk)) return { onDisk, own };
  return undefined;
}

/**
 * The directory that `sourceDir` was on the machine that built the program: the one below which most wanted files are
 * found, and the highest among equals. A match of many files is surer than the longest match of one.
 */
async function buildRoot(
  wanted: readonly string[],
  sourceDir: string,
  options: SourceOptions,
): Promise<string | undefined> {
  const found = new Map<string, number>();
  for (const name of wanted.slice(0, 200)) {
    if (name.includes('/pkg/mod/') || /@v\d/.test(name)) continue;
    if (options.goroot !== undefined && name.startsWith(`${options.goroot}/`)) continue;
    for (let root = directoryOf(name); ; root = directoryOf(root)) {
      const onDisk = path.join(sourceDir, name.slice(root.length));
      if (await isFile(onDisk)) found.set(root, (found.get(root) ?? 0) + 1);
      if (root === '' || root === directoryOf(root)) break;
    }
  }
  if (options.modulePath !== undefined && found.has(options.modulePath)) return options.modulePath;
  let best: string | undefined;
  for (const [root, count] of found) {
    const bestCount = best === undefined ? 0 : found.get(best)!;
    if (count > bestCount || (count === bestCount && best !== undefined && root.length < best.length)) best = root;
  }
  return best;
}

function underRoot(name: string, root: string, sourceDir: string): string[] {
  return root === '' || name.startsWith(`${root}/`) ? [path.join(sourceDir, name.slice(root.length))] : [];
}

/** The longest first; at least a directory and a file, because a lone `main.go` fits everywhere. */
function suffixes(name: string, sourceDir: string, modulePath: string | undefined): string[] {
  if (modulePath !== undefined && name.startsWith(`${modulePath}/`))
    return [path.join(sourceDir, name.slice(modulePath.length + 1))];
  const parts = name.split(/[/\\]/).filter((part) => part !== '');
  return parts.slice(0, -1).map((_, from) => path.join(sourceDir, ...parts.slice(from)));
}

/** Upper case is not safe on every file system, so the module cache writes `!x` for `X`. */
function escapeModule(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `!${letter.toLowerCase()}`);
}

/** Text of at most `limitBytes`; undefined when it is longer, unreadable or no text. */
async function readGoFile(onDisk: string, limitBytes: number): Promise<string | undefined> {
  try {
    const info = await stat(onDisk);
    if (!info.isFile() || info.size > limitBytes) return undefined;
    const bytes = await readFile(onDisk);
    if (bytes.length > limitBytes || bytes.includes(0)) return undefined;
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

async function isFile(onDisk: string): Promise<boolean> {
  return stat(onDisk).then(
    (info) => info.isFile(),
    () => false,
  );
}

/** Profiles of Windows programs write either slash. */
function directoryOf(name: string): string {
  return name.slice(0, Math.max(0, Math.max(name.lastIndexOf('/'), name.lastIndexOf('\\'))));
}

function joinAs(directory: string, file: string): string {
  if (directory === '') return file;
  return `${directory}${directory.includes('\\') && !directory.includes('/') ? '\\' : '/'}${file}`;
}
