// Debug information of a Go binary → the RuntimeLayout of its runtime. Used by the script that makes the tables, and for a
// target whose version no table knows.
import { KnownError } from '../base/errors.ts';
import { constantNames, goroutineStateNames, type StructFields, structFields } from './runtime-fields.ts';
import type { HeapBitmap, RuntimeConstants, RuntimeLayout, StructLayouts } from './runtime-layout.ts';

export interface DebugStruct {
  readonly sizeBytes: number;
  /** A field, also of an inner structure (`sched.sp`). */
  field(path: string): { readonly offset: number; readonly bytes: number } | undefined;
}

/** What is asked of debug information. */
export interface DebugFacts {
  struct(name: string): DebugStruct | undefined;
  constant(name: string): number | undefined;
}

export interface LayoutOrigin {
  /** `go1.26`. */
  readonly version: string;
  readonly madeFrom: string;
  readonly waitReasons: readonly string[];
}

/** Throws KnownError E-RUNTIME-LAYOUT that names what the debug information does not have. */
export function makeLayout(facts: DebugFacts, origin: LayoutOrigin): RuntimeLayout {
  const missing: string[] = [];
  const structs = Object.fromEntries(
    Object.entries<StructFields>(structFields).map(([key, wanted]) => [key, readStruct(facts, wanted, missing)]),
  ) as unknown as StructLayouts;
  const constants = Object.fromEntries(
    Object.entries<string>(constantNames).map(([key, names]) => [key, readConstant(facts, names, missing)]),
  ) as unknown as RuntimeConstants;
  const goroutineStates: string[] = [];
  for (const [state, name] of Object.entries<string>(goroutineStateNames)) {
    const number = readConstant(facts, name, missing);
    if (number !== undefined && number >= 0 && number < 64) goroutineStates[number] = state;
  }
  if (missing.length > 0) {
    throw new KnownError(
      'E-RUNTIME-LAYOUT',
      `the debug information of ${origin.madeFrom} lacks ${missing.join(', ')}`,
      {
        advice: `This version of Go (${origin.version}) keeps its heap in a way that this version of leakline does not know.`,
      },
    );
  }
  return {
    ...origin,
    structs,
    constants,
    heapBitmap: heapBitmapOf(structs),
    inlineMarkBytes: facts.struct('runtime.spanInlineMarkBits')?.sizeBytes ?? 0,
    maps: structs.swissMap === undefined ? 'buckets' : 'swiss',
    goroutineStates: Array.from(goroutineStates, (state) => state ?? ''),
  };
}

function heapBitmapOf(structs: StructLayouts): HeapBitmap {
  if (structs.heapArena.bitmap === undefined) return 'in-span';
  return structs.heapArena.noMorePtrs === undefined ? 'two-bit-arena' : 'one-bit-arena';
}

function readStruct(facts: DebugFacts, wanted: StructFields, missing: string[]) {
  const { names, optional } = parse(wanted.of);
  const found = firstOf(names, (name) => facts.struct(name));
  if (found === undefined) {
    if (!optional) missing.push(names.join(' or '));
    return undefined;
  }
  const fields: Record<string, number | undefined> = { sizeBytes: found.sizeBytes };
  for (const [key, text] of Object.entries(wanted.fields)) {
    const width = text.startsWith('width ');
    const path = parse(width ? text.slice('width '.length) : text);
    const field = firstOf(path.names, (name) => found.field(name));
    if (field === undefined && !path.optional) missing.push(`${names[0]}.${path.names.join(' or ')}`);
    fields[key] = width ? field?.bytes : field?.offset;
  }
  return fields;
}

function readConstant(facts: DebugFacts, text: string, missing: string[]): number | undefined {
  const { names, optional } = parse(text);
  const value = firstOf(names, (name) => facts.constant(name));
  if (value === undefined && !optional) missing.push(names.join(' or '));
  return value;
}

function parse(text: string): { readonly names: readonly string[]; readonly optional: boolean } {
  const optional = text.endsWith('?');
  return { names: (optional ? text.slice(0, -1) : text).split('|'), optional };
}

function firstOf<T>(names: readonly string[], find: (name: string) => T | undefined): T | undefined {
  for (const name of names) {
    const found = find(name);
    if (found !== undefined) return found;
  }
  return undefined;
}
