// What debug information says of a running program: which variable holds an address, what its words refer to, the same for
// the locals of frames, and what closures capture. Addresses are those in memory.

import { DecodeError } from '../base/errors.ts';
import type { DebugInfo } from '../decode/dwarf/debug-info.ts';
import {
  capturesOf,
  type GlobalVariables,
  type LocalVariable,
  localsAt,
  readGlobals,
  readSubprograms,
  type Subprograms,
  subprogramAt,
} from '../decode/dwarf/variables.ts';
import type { ClosureFacts, GoTypes } from './go-types.ts';
import { untyped } from './type-table.ts';

export interface DebugNames {
  /** The variable that holds an address; undefined when none does. */
  variableAt(address: number): { readonly name: string; readonly address: number } | undefined;
  /** What the word at an address of a variable refers to, as type-table.ts writes it. */
  targetAt(address: number): number;
  /** The field of its variable that holds an address: `.sessions`; '' for a variable without fields. */
  fieldAt(address: number): string;
  /** The local that the word at this offset from FP belongs to; `called`: pc is a return address. */
  localAt(pc: number, called: boolean, offset: number): LocalWord | undefined;
}

export interface LocalWord {
  /** `buffer`, `node.left`. */
  readonly name: string;
  readonly target: number;
}

/** Functions by address, read when they are first asked for. Names and closures share them. */
export function subprogramsOf(info: DebugInfo): () => Subprograms {
  let read: Subprograms | undefined;
  return () => {
    read ??= readSubprograms(info);
    return read;
  };
}

export function namesFromDebugInfo(
  info: DebugInfo,
  types: GoTypes,
  loadBias: number,
  subprograms: () => Subprograms,
): DebugNames {
  const globals = readGlobals(info);
  const frames = new Map<number, ReadonlyMap<number, LocalWord>>();
  const rowAt = (address: number): number => globalAt(globals, address - loadBias);
  return {
    variableAt(address) {
      const row = rowAt(address);
      return row < 0 ? undefined : { name: globals.name(row), address: globals.address[row]! + loadBias };
    },
    targetAt(address) {
      const row = rowAt(address);
      return row < 0 ? untyped : targetIn(types, globals.type[row]!, address - loadBias - globals.address[row]!);
    },
    fieldAt(address) {
      const row = rowAt(address);
      const type = row < 0 ? -1 : types.rowOfDebugType(globals.type[row]!);
      return type < 0 ? '' : types.fieldAt(type, address - loadBias - globals.address[row]!);
    },
    localAt(pc, called, offset) {
      const at = pc - loadBias - (called ? 1 : 0);
      let words = frames.get(at);
      if (words === undefined) {
        words = wordsOfFrame(info, subprograms(), types, at);
        frames.set(at, words);
      }
      return words.get(offset);
    },
  };
}

export interface ClosureSources {
  readonly info: DebugInfo | undefined;
  /** Of `info`. */
  readonly subprograms: (() => Subprograms) | undefined;
  readonly loadBias: number;
  /** The function that begins at an address. */
  readonly nameOf: (pc: number) => string | undefined;
  /** Descriptor of the object of the closure whose code begins at an address; asked only where nothing better is known. */
  readonly typeOf: (pc: number) => number | undefined;
}

/** What closures capture, by the address of their code. */
export function closureFactsOf(sources: ClosureSources): (pc: number) => ClosureFacts | undefined {
  const { info, subprograms, loadBias, nameOf, typeOf } = sources;
  return (pc) => {
    const functionName = nameOf(pc);
    if (functionName === undefined) return undefined;
    const subprogram = subprograms === undefined ? -1 : subprogramAt(subprograms(), pc - loadBias);
    const captures = info === undefined || subprogram < 0 ? [] : orNone(() => capturesOf(info, subprogram));
    return { functionName, captures, type: captures.length > 0 ? undefined : typeOf(pc) };
  };
}

function targetIn(types: GoTypes, type: number, byteOffset: number): number {
  const row = types.rowOfDebugType(type);
  return row < 0 || byteOffset % 8 !== 0 ? untyped : (types.targets(row)[byteOffset / 8] ?? untyped);
}

/** Row of the variable that holds a link-time address; -1 when none does. */
function globalAt(globals: GlobalVariables, address: number): number {
  let low = 0;
  let high = globals.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (globals.address[middle]! <= address) low = middle + 1;
    else high = middle;
  }
  // Variables of no size share their address with the next.
  for (let row = low - 1; row >= 0 && row >= low - 4; row--) {
    if (address < globals.address[row]! + Math.max(globals.sizeBytes[row]!, 1)) return row;
  }
  return -1;
}

const mostWordsOfLocal = 1 << 16;

/** Each word of the locals that are in memory at a pc, by its offset from FP. */
function wordsOfFrame(
  info: DebugInfo,
  subprograms: Subprograms,
  types: GoTypes,
  pc: number,
): ReadonlyMap<number, LocalWord> {
  const words = new Map<number, LocalWord>();
  const subprogram = subprogramAt(subprograms, pc);
  if (subprogram < 0) return words;
  for (const local of orNone(() => localsAt(info, subprogram, pc))) addLocal(words, types, local);
  return words;
}

function addLocal(
  words: Map<number, LocalWord>,
  types: GoTypes,
  { name, type, pieces, parameter }: LocalVariable,
): void {
  const row = types.rowOfDebugType(type);
  if (row < 0) return;
  const targets = types.targets(row);
  for (const piece of pieces) {
    if (piece.place !== 'frame' || piece.offset % 8 !== 0) continue;
    const bytes = Math.min(piece.bytes ?? types.sizeBytes(row) - piece.offset, mostWordsOfLocal * 8);
    for (let at = 0; at < bytes; at += 8) {
      const within = piece.offset + at;
      // A variable in an inner block stands in front of one that has the same place.
      words.set(piece.value + at, {
        name: `${name}${types.fieldAt(row, within)}`,
        target: targets[within / 8] ?? untyped,
      });
    }
  }
  // Arguments that came in registers have a place above FP to be saved in, all words of one side by side. The compiler may
  // say of some words only where they are; the collector's map marks the others there all the same.
  const saved = parameter ? pieces.find((piece) => piece.place === 'frame' && piece.value >= 0) : undefined;
  const home = saved === undefined ? 0 : saved.value - saved.offset;
  if (saved === undefined || home < 0 || home % 8 !== 0) return;
  for (let at = 0; at < Math.min(types.sizeBytes(row), mostWordsOfLocal * 8); at += 8) {
    if (words.has(home + at)) continue;
    words.set(home + at, { name: `${name}${types.fieldAt(row, at)}`, target: targets[at / 8] ?? untyped });
  }
}

/** A damaged function has no locals: the walk goes on without their names. */
function orNone<T>(read: () => readonly T[]): readonly T[] {
  try {
    return read();
  } catch (error) {
    if (error instanceof DecodeError) return [];
    throw error;
  }
}
