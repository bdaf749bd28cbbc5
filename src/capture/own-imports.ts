// Which other packages of the same module a Go file imports, and where they lie: what keeps a value often stands in a
// package that is on no stack, because the value was handed to it and nothing was allocated there.
// Source: go.dev/ref/spec#Import_declarations, go.dev/ref/mod#go-mod-file-module.
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';

export interface GoModule {
  /** As in `module example.com/svc`. */
  readonly modulePath: string;
  readonly rootOnDisk: string;
}

const mostParents = 40;

/** The module that a directory belongs to: that of the nearest go.mod above it. */
export async function moduleOf(directory: string): Promise<GoModule | undefined> {
  let at = path.resolve(directory);
  for (let step = 0; step < mostParents; step++) {
    const file = path.join(at, 'go.mod');
    const text = await stat(file).then(
      (info) => (info.size < 1 << 20 ? readFile(file, 'utf8') : undefined),
      () => undefined,
    );
    const modulePath = text === undefined ? undefined : /^module\s+"?([^\s"]+)"?/m.exec(text)?.[1];
    if (modulePath !== undefined) return { modulePath, rootOnDisk: at };
    const parent = path.dirname(at);
    if (parent === at) return undefined;
    at = parent;
  }
  return undefined;
}

/** Directories below the module's root of the packages that a file imports from its own module, '' for the root. */
export function ownImports(text: string, modulePath: string): readonly string[] {
  const head = text.slice(0, firstDeclaration(text));
  return [...head.matchAll(/"([^"\s]+)"/g)].flatMap(([, imported]) => {
    if (imported === modulePath) return [''];
    return imported!.startsWith(`${modulePath}/`) ? [imported!.slice(modulePath.length + 1)] : [];
  });
}

/** Imports stand before every other declaration. */
function firstDeclaration(text: string): number {
  const at = text.search(/^(func|type|var|const)\b/m);
  return at < 0 ? text.length : at;
}
