// What a type that is written somewhere means: the declaration behind a name, fields, elements, keys.

import type { GoFile, TypeDeclaration, TypeRef } from './go-file.ts';
import type { GoPackage, Program } from './program.ts';
import type { Syntax } from './syntax.ts';
import { textOf } from './syntax.ts';

/** A chain of named types ends somewhere; a cycle must too. */
const maxDepth = 12;

export interface NamedType {
  readonly package: GoPackage;
  readonly declaration: TypeDeclaration;
}

/** Import path that this name stands for, unless a variable hides it. */
export function importOf(program: Program, file: GoFile, name: Syntax): string | undefined {
  return program.bindingOf(file, name) === undefined ? file.imports.get(textOf(name)) : undefined;
}

/** The declaration behind a type, pointers taken off: `*store.Cache[K]` → Cache of package store. */
export function namedOf(program: Program, type: TypeRef): NamedType | undefined {
  const text = type.text
    .replace(/^[*\s]+/, '')
    .replace(/\[.*$/s, '')
    .trim();
  const match = /^(?:(\w+)\.)?(\w+)$/.exec(text);
  if (match === null) return undefined;
  const [, qualifier, name] = match;
  const importPath = qualifier === undefined ? undefined : type.file.imports.get(qualifier);
  if (qualifier !== undefined && importPath === undefined) return undefined;
  const pkg = importPath === undefined ? program.packageOf(type.file) : program.packageAt(importPath);
  const declaration = pkg?.types.get(name!);
  return pkg === undefined || declaration === undefined ? undefined : { package: pkg, declaration };
}

/** A named type of the program is looked through; pointers are taken off. */
export function underlying(program: Program, type: TypeRef): TypeRef {
  let at = { ...type, text: type.text.replace(/^[*\s]+/, '') };
  for (let depth = 0; depth < maxDepth; depth++) {
    const named = namedOf(program, at);
    if (named === undefined) return at;
    at = named.declaration.underlying;
  }
  return at;
}

export function fieldOf(program: Program, type: TypeRef, field: string, depth = 0): TypeRef | undefined {
  const named = depth > maxDepth ? undefined : namedOf(program, type);
  if (named === undefined) return inlineField(type, field);
  const direct = named.declaration.fields.get(field);
  if (direct !== undefined) return direct;
  for (const embedded of named.declaration.embedded) {
    const through = named.declaration.fields.get(embedded);
    const found = through === undefined ? undefined : fieldOf(program, through, field, depth + 1);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The type that declares the field: `t.mu` of a T that embeds common is common's. The type itself when none is found. */
export function ownerOfField(program: Program, type: TypeRef, field: string, depth = 0): NamedType | undefined {
  const named = depth > maxDepth ? undefined : namedOf(program, type);
  if (named === undefined || named.declaration.fields.has(field)) return named;
  for (const embedded of named.declaration.embedded) {
    const through = named.declaration.fields.get(embedded);
    const found = through === undefined ? undefined : ownerOfField(program, through, field, depth + 1);
    if (found?.declaration.fields.has(field) === true) return found;
  }
  return named;
}

/** `var cache struct { mu sync.Mutex; m map[string]int }`. */
function inlineField(type: TypeRef, field: string): TypeRef | undefined {
  if (!/^\*?struct\b/.test(type.text)) return undefined;
  const match = new RegExp(`[{;\\n,]\\s*${field}\\s+([^;\\n}]+)`).exec(type.text);
  return match === null ? undefined : { file: type.file, text: match[1]!.trim() };
}

/** Element of a slice, array, map or channel; of a string a byte. */
export function elementOf(program: Program, type: TypeRef): TypeRef | undefined {
  const under = underlying(program, type);
  const text = under.text.trim();
  const sequence = /^\[[^\]]*\](.*)$/s.exec(text);
  if (sequence !== null) return { file: under.file, text: sequence[1]!.trim() };
  const channel = /^(?:<-\s*chan|chan\s*<-|chan)\s+(.*)$/s.exec(text);
  if (channel !== null) return { file: under.file, text: channel[1]!.trim() };
  if (text.startsWith('map[')) return { file: under.file, text: text.slice(closingBracket(text, 3) + 1).trim() };
  return text === 'string' ? { file: under.file, text: 'byte' } : undefined;
}

export function keyOf(type: TypeRef): TypeRef {
  const text = type.text.trim();
  if (!text.startsWith('map[')) return { file: type.file, text: 'int' };
  return { file: type.file, text: text.slice(4, closingBracket(text, 3)) };
}

function closingBracket(text: string, open: number): number {
  let depth = 0;
  for (let at = open; at < text.length; at++) {
    if (text[at] === '[') depth++;
    else if (text[at] === ']' && --depth === 0) return at;
  }
  return text.length;
}

/** Holds no pointer to what it was taken from: numbers, and bytes read out of a slice or string. */
export function isScalar(program: Program, type: TypeRef | undefined): boolean {
  if (type === undefined) return false;
  return /^(byte|rune|bool|error|u?int(8|16|32|64|ptr)?|float(32|64)|complex(64|128)|time\.(Duration|Time))$/.test(
    underlying(program, type).text,
  );
}
