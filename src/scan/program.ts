// All the Go source of a case: files parsed when first asked for, packages by directory, and the questions that cross
// files: which function stands at this line, what does this name mean, what is called here.
import { packageOf } from '../model/ownership.ts';
import type { SourceSite } from '../model/source-facts.ts';
import type { Frame } from '../model/stacks.ts';
import { type Binding, bindNames, type FileBindings } from './bindings.ts';
import { type GoFile, goFileOf, type TypeDeclaration, typeDeclarations } from './go-file.ts';
import { functionsOf, type GoFunction } from './go-function.ts';
import type { GoParser } from './go-parser.ts';
import { type Syntax, syntaxOf } from './syntax.ts';

export interface GoPackage {
  readonly directory: string;
  readonly name: string;
  readonly files: readonly GoFile[];
  readonly functions: readonly GoFunction[];
  /** Functions and methods by their declared name. */
  readonly functionsNamed: ReadonlyMap<string, readonly GoFunction[]>;
  readonly types: ReadonlyMap<string, TypeDeclaration>;
  readonly globals: ReadonlyMap<string, Binding>;
}

export interface Program {
  readonly paths: readonly string[];
  lines(path: string): readonly string[] | undefined;
  file(path: string): GoFile | undefined;
  packageOf(file: GoFile): GoPackage;
  /** Package imported under this path, when its source is among the files. */
  packageAt(importPath: string): GoPackage | undefined;
  /** Every package of the case; parses all files. */
  packages(): readonly GoPackage[];
  bindingOf(file: GoFile, identifier: Syntax): Binding | undefined;
  fileOf(node: Syntax): GoFile;
  /** Innermost function at this line; the one with the frame's own name when there are several. */
  functionAt(frame: Frame): GoFunction | undefined;
  functionAround(node: Syntax): GoFunction | undefined;
  symbolOf(fn: GoFunction): string;
  siteOf(node: Syntax): SourceSite;
  /** Files of a package say nothing of their import path; a frame does. */
  learnPackagePath(frame: Frame): void;
}

export interface ProgramOptions {
  /** Read `_test.go` files, too. */
  readonly tests?: boolean;
  /** Import paths of directories, where they are known: no other path means such a directory. */
  readonly packagePaths?: ReadonlyMap<string, string>;
}

export function createProgram(
  sources: ReadonlyMap<string, string>,
  parser: GoParser,
  options: ProgramOptions = {},
): Program {
  const files = new Map<string, GoFile | undefined>();
  const fileByRoot = new Map<Syntax, GoFile>();
  const bindings = new Map<GoFile, FileBindings>();
  const packages = new Map<string, GoPackage>();
  const packagePaths = new Map(options.packagePaths);
  const paths = [...sources.keys()].filter(
    (path) => path.endsWith('.go') && (options.tests === true || !path.endsWith('_test.go')),
  );
  const functionByNode = new Map<Syntax, GoFunction>();
  const byDirectory = new Map<string, string[]>();
  for (const path of paths) {
    const directory = directoryOf(path);
    byDirectory.set(directory, [...(byDirectory.get(directory) ?? []), path]);
  }

  const file = (path: string): GoFile | undefined => {
    if (files.has(path)) return files.get(path);
    const source = sources.get(path);
    const tree = source === undefined ? undefined : parser.parse(source);
    let parsed: GoFile | undefined;
    if (source !== undefined && tree !== undefined) {
      parsed = goFileOf(path, source, syntaxOf(tree, source));
      tree.delete();
      fileByRoot.set(parsed.root, parsed);
    }
    files.set(path, parsed);
    return parsed;
  };
  const bindingsOf = (of: GoFile): FileBindings => {
    let found = bindings.get(of);
    if (found === undefined) {
      found = bindNames(of.root);
      bindings.set(of, found);
    }
    return found;
  };
  const packageIn = (directory: string, name: string): GoPackage => {
    const key = `${directory}\n${name}`;
    const known = packages.get(key);
    if (known !== undefined) return known;
    const own = (byDirectory.get(directory) ?? []).flatMap((path) => file(path) ?? []);
    const members = own.filter((candidate) => candidate.packageName === name);
    const globals = new Map<string, Binding>();
    for (const member of members) for (const [key, binding] of bindingsOf(member).globals) globals.set(key, binding);
    // Names that a file does not declare itself may be variables of its neighbours.
    for (const member of members) {
      const { of, free } = bindingsOf(member);
      for (const identifier of free) {
        const binding = globals.get(identifier.source.slice(identifier.start, identifier.end));
        if (binding === undefined) continue;
        binding.uses.push(identifier);
        (of as Map<Syntax, Binding>).set(identifier, binding);
      }
    }
    const functions = members.flatMap((member) => functionsOf(member));
    for (const fn of functions) functionByNode.set(fn.node, fn);
    const made: GoPackage = {
      directory,
      name,
      files: members,
      functions,
      functionsNamed: byName(functions),
      types: new Map(members.flatMap((member) => typeDeclarations(member)).map((type) => [type.name, type])),
      globals,
    };
    packages.set(key, made);
    return made;
  };
  const packageOfFile = (of: GoFile): GoPackage => packageIn(of.directory, of.packageName);
  const packageAt = (importPath: string): GoPackage | undefined => {
    for (const [directory, path] of packagePaths) {
      if (path === importPath) return firstPackage(directory);
    }
    // The longest directory whose end is the end of the import path, at least its last element.
    let best: { directory: string; length: number } | undefined;
    for (const directory of byDirectory.keys()) {
      if (options.packagePaths?.has(directory) === true) continue;
      const length = commonElements(directory, importPath);
      if (length > 0 && length > (best?.length ?? 0)) best = { directory, length };
    }
    const elements = importPath.split('/').length;
    return best !== undefined && (best.length >= 2 || elements === 1) ? firstPackage(best.directory) : undefined;
  };
  const firstPackage = (directory: string): GoPackage | undefined => {
    const first = file(byDirectory.get(directory)?.[0] ?? '');
    return first === undefined ? undefined : packageOfFile(first);
  };
  const fileOf = (node: Syntax): GoFile => {
    let root = node;
    while (root.parent !== undefined) root = root.parent;
    return fileByRoot.get(root)!; // every node comes from a parsed file
  };
  const functionAround = (node: Syntax): GoFunction | undefined => {
    packageOfFile(fileOf(node)); // its functions are known by their nodes then
    for (let at: Syntax | undefined = node; at !== undefined; at = at.parent) {
      const fn = functionByNode.get(at);
      if (fn !== undefined) return fn;
    }
    return undefined;
  };
  const symbolOf = (fn: GoFunction): string => {
    const path = packagePaths.get(fn.file.directory) ?? fn.file.packageName;
    return `${fn.file.packageName === 'main' ? 'main' : path}.${fn.localSymbol}`;
  };
  const program: Program = {
    paths,
    lines: (path) => sources.get(path)?.split('\n'),
    file,
    packageOf: packageOfFile,
    packageAt,
    packages() {
      for (const path of paths) {
        const one = file(path);
        if (one !== undefined) packageOfFile(one);
      }
      return [...packages.values()];
    },
    bindingOf(of, identifier) {
      packageOfFile(of);
      return bindingsOf(of).of.get(identifier);
    },
    fileOf,
    functionAt(frame) {
      const of = file(frame.file);
      if (of === undefined) return undefined;
      const here = packageOfFile(of).functions.filter(
        (fn) => fn.file === of && fn.node.line <= frame.line && frame.line <= fn.node.endLine,
      );
      const named = here.find((fn) => symbolOf(fn) === frame.functionName);
      if (named !== undefined) return named;
      const depth = closureDepth(frame.functionName);
      const ofDepth = here.filter((fn) => depthOf(fn) === depth);
      return (ofDepth.length > 0 ? ofDepth : here).at(-1);
    },
    functionAround,
    symbolOf,
    siteOf(node) {
      const of = fileOf(node);
      const fn = functionAround(node);
      const path = packagePaths.get(of.directory) ?? of.packageName;
      return {
        functionName: fn === undefined ? `${of.packageName === 'main' ? 'main' : path}.init` : symbolOf(fn),
        file: of.path,
        line: node.line,
        text: (of.lines[node.line - 1] ?? '').trim(),
      };
    },
    learnPackagePath(frame) {
      const directory = directoryOf(frame.file);
      if (!byDirectory.has(directory) || packagePaths.has(directory)) return;
      const path = packageOf(frame.functionName);
      if (path !== '' && path !== 'main') packagePaths.set(directory, path);
    },
  };
  return program;
}

function byName(functions: readonly GoFunction[]): ReadonlyMap<string, readonly GoFunction[]> {
  const found = new Map<string, GoFunction[]>();
  for (const fn of functions) {
    const known = found.get(fn.name);
    if (known === undefined) found.set(fn.name, [fn]);
    else known.push(fn);
  }
  return found;
}

function depthOf(fn: GoFunction): number {
  return fn.outer === undefined ? (fn.name === '' ? 1 : 0) : depthOf(fn.outer) + 1;
}

/** `main.f.func1.2` → 2 */
function closureDepth(functionName: string): number {
  return functionName.match(/\.(func\d+|\d+)(?=\.|$)/g)?.length ?? 0;
}

function commonElements(directory: string, importPath: string): number {
  const a = directory.split(/[/\\]/);
  const b = importPath.split('/');
  let count = 0;
  while (count < b.length && a[a.length - 1 - count] === b[b.length - 1 - count]) count++;
  return count;
}

function directoryOf(path: string): string {
  return path.slice(0, Math.max(0, Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\'))));
}
