// One Go file: its package, imports, declarations. Types are kept as text; what they mean is asked in `types.ts`.
import { part, parts, type Syntax, textOf } from './syntax.ts';

export interface GoFile {
  readonly path: string;
  readonly directory: string;
  readonly packageName: string;
  /** Name in this file → import path. */
  readonly imports: ReadonlyMap<string, string>;
  readonly root: Syntax;
  readonly lines: readonly string[];
}

/** A type as it is written in a file: names in it mean what they mean there. */
export interface TypeRef {
  readonly file: GoFile;
  readonly text: string;
}

export interface TypeDeclaration {
  readonly name: string;
  readonly underlying: TypeRef;
  /** Struct fields by name; embedded ones under the name of their type. */
  readonly fields: ReadonlyMap<string, TypeRef>;
  readonly embedded: readonly string[];
  readonly isInterface: boolean;
  readonly isGeneric: boolean;
}

export function goFileOf(path: string, source: string, root: Syntax): GoFile {
  const imports = new Map<string, string>();
  let packageName = '';
  for (const child of root.children) {
    if (child.kind === 'package_clause') packageName = textOf(child).replace(/^package\s+/, '');
    if (child.kind === 'import_declaration') readImports(child, imports);
  }
  const slash = Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\'));
  return {
    path,
    directory: path.slice(0, Math.max(0, slash)),
    packageName,
    imports,
    root,
    lines: source.split('\n'),
  };
}

function readImports(node: Syntax, imports: Map<string, string>): void {
  for (const child of node.children) {
    if (child.kind === 'import_spec_list') readImports(child, imports);
    if (child.kind !== 'import_spec') continue;
    const path = part(child, 'path');
    if (path === undefined) continue;
    const importPath = textOf(path).slice(1, -1);
    const alias = part(child, 'name');
    imports.set(alias === undefined ? defaultName(importPath) : textOf(alias), importPath);
  }
}

/** `gopkg.in/yaml.v3` is package yaml, `example.com/x/v2` is package x, `go-redis` usually redis. */
function defaultName(importPath: string): string {
  const elements = importPath.split('/');
  let last = elements.at(-1) ?? importPath;
  if (/^v\d+$/.test(last) && elements.length > 1) last = elements.at(-2)!;
  return last.replace(/\.v\d+$/, '').replace(/^go-/, '');
}

export function typeDeclarations(file: GoFile): readonly TypeDeclaration[] {
  const found: TypeDeclaration[] = [];
  for (const declaration of file.root.children) {
    if (declaration.kind !== 'type_declaration') continue;
    for (const spec of declaration.children) {
      const name = part(spec, 'name');
      const type = part(spec, 'type');
      if (name === undefined || type === undefined) continue;
      const fields = new Map<string, TypeRef>();
      const embedded: string[] = [];
      if (type.kind === 'struct_type') readFields(file, type, fields, embedded);
      found.push({
        name: textOf(name),
        underlying: { file, text: textOf(type) },
        fields,
        embedded,
        isInterface: type.kind === 'interface_type',
        isGeneric: part(spec, 'type_parameters') !== undefined,
      });
    }
  }
  return found;
}

function readFields(file: GoFile, struct: Syntax, fields: Map<string, TypeRef>, embedded: string[]): void {
  for (const list of struct.children) {
    for (const field of list.children) {
      const type = part(field, 'type');
      if (field.kind !== 'field_declaration' || type === undefined) continue;
      const names = parts(field, 'name');
      const ref = { file, text: textOf(type) };
      if (names.length === 0) {
        const name = ref.text.replace(/^\*/, '').replace(/\[.*$/s, '').split('.').at(-1)!;
        fields.set(name, ref);
        embedded.push(name);
      }
      for (const name of names) fields.set(textOf(name), ref);
    }
  }
}
