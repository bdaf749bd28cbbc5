// Variables that debug information names: globals with their address, locals and parameters with their place at a pc.
import { codeRangesOf, covers } from './code-ranges.ts';
import { attribute, tag } from './constants.ts';
import { type DebugInfo, entryAt, fullNameOf, referredEntry } from './debug-info.ts';
import { locationAt, type Piece, piecesOf } from './locations.ts';
import { blockOf, type Entry, nameOf, numberIn, readEntry } from './read-entry.ts';
import { debugTypeAt } from './types.ts';

export interface GlobalVariables {
  readonly length: number;
  /** Rising link-time addresses. */
  readonly address: Float64Array;
  /** Offset of the type's entry; -1 when it has none. */
  readonly type: Int32Array;
  /** 0 when the type is not known. */
  readonly sizeBytes: Float64Array;
  /** `main.cache`. Made when asked for. */
  name(row: number): string;
}

export function readGlobals(info: DebugInfo): GlobalVariables {
  const found: { readonly entry: Entry; readonly address: number }[] = [];
  for (const offset of info.index.variables) {
    const entry = entryAt(info, offset);
    const location = entry?.values.get(attribute.location);
    if (entry === undefined || location === undefined || location.end === location.at) continue;
    const [piece] = piecesOf(info.sections, entry.unit, blockOf(info.sections, location));
    if (piece?.place === 'address' && piece.value > 0) found.push({ entry, address: piece.value });
  }
  found.sort((a, b) => a.address - b.address);
  const type = Int32Array.from(found, (one) => typeOf(info, one.entry));
  return {
    length: found.length,
    address: Float64Array.from(found, (one) => one.address),
    type,
    sizeBytes: Float64Array.from(type, (offset) => debugTypeAt(info, offset)?.sizeBytes ?? 0),
    name: (row) => fullNameOf(info, found[row]!.entry),
  };
}

/** Functions by address, to find the locals of a frame. */
export interface Subprograms {
  readonly length: number;
  readonly low: Float64Array;
  readonly high: Float64Array;
  readonly offset: Int32Array;
}

export function readSubprograms(info: DebugInfo): Subprograms {
  const found: { readonly offset: number; readonly low: number; readonly high: number }[] = [];
  for (const offset of info.index.subprograms) {
    const entry = entryAt(info, offset);
    if (entry === undefined) continue;
    for (const range of codeRangesOf(info.sections, entry)) found.push({ offset, ...range });
  }
  found.sort((a, b) => a.low - b.low);
  return {
    length: found.length,
    low: Float64Array.from(found, (one) => one.low),
    high: Float64Array.from(found, (one) => one.high),
    offset: Int32Array.from(found, (one) => one.offset),
  };
}

/** Offset of the function that holds a link-time pc; -1 when none does. */
export function subprogramAt(subprograms: Subprograms, pc: number): number {
  let low = 0;
  let high = subprograms.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (subprograms.low[middle]! <= pc) low = middle + 1;
    else high = middle;
  }
  return low > 0 && pc < subprograms.high[low - 1]! ? subprograms.offset[low - 1]! : -1;
}

export interface LocalVariable {
  readonly name: string;
  readonly parameter: boolean;
  /** Name of the inlined function that it belongs to; '' for those of the function itself. */
  readonly inlinedFrom: string;
  /** Offset of the type's entry; -1 when it has none. */
  readonly type: number;
  /** Where it is at the pc that was asked for; empty when it is not in memory there. */
  readonly pieces: readonly Piece[];
}

const mostDepth = 256;

/** Variables of a function that exist at a link-time pc: those of blocks and inlined calls around it included. */
export function localsAt(info: DebugInfo, subprogram: number, pc: number): readonly LocalVariable[] {
  const root = entryAt(info, subprogram);
  if (root === undefined || !root.hasChildren) return [];
  const found: LocalVariable[] = [];
  /** Innermost last: whether the code of the block holds the pc, and the function whose block it is. */
  const blocks: { readonly inside: boolean; readonly from: string }[] = [{ inside: true, from: '' }];
  let at = root.end;
  while (at < root.unit.end && blocks.length > 0 && blocks.length < mostDepth) {
    const entry = readEntry(info.sections, root.unit, at);
    if (entry === undefined) {
      blocks.pop();
      at++;
      continue;
    }
    at = entry.end;
    const block = blocks[blocks.length - 1]!;
    if ((entry.tag === tag.variable || entry.tag === tag.formalParameter) && block.inside) {
      found.push(localOf(info, entry, block.from, pc));
    }
    if (!entry.hasChildren) continue;
    const isBlock = entry.tag === tag.lexicalBlock || entry.tag === tag.inlinedSubroutine;
    const inside = block.inside && isBlock && covers(codeRangesOf(info.sections, entry), pc);
    blocks.push({ inside, from: entry.tag === tag.inlinedSubroutine && inside ? fullNameOf(info, entry) : block.from });
  }
  return found;
}

function localOf(info: DebugInfo, entry: Entry, inlinedFrom: string, pc: number): LocalVariable {
  const location = entry.values.get(attribute.location);
  return {
    name: fullNameOf(info, entry),
    parameter: entry.tag === tag.formalParameter,
    inlinedFrom,
    type: typeOf(info, entry),
    pieces: location === undefined ? [] : locationAt(info.sections, entry, location, pc),
  };
}

/** A variable that a closure captures, and where it is in the closure. Go 1.23 and later. */
export interface CapturedVariable {
  readonly name: string;
  readonly offset: number;
  readonly type: number;
}

/** Source: DW_AT_go_closure_offset, cmd/compile/internal/dwarfgen. The first word of a closure is its code. */
export function capturesOf(info: DebugInfo, subprogram: number): readonly CapturedVariable[] {
  const root = entryAt(info, subprogram);
  if (root === undefined || !root.hasChildren) return [];
  const found: CapturedVariable[] = [];
  let depth = 1;
  for (let at = root.end; at < root.unit.end && depth > 0; ) {
    const entry = readEntry(info.sections, root.unit, at);
    if (entry === undefined) {
      depth--;
      at++;
      continue;
    }
    at = entry.end;
    if (entry.hasChildren) depth++;
    const offset = numberIn(entry, attribute.goClosureOffset);
    if (offset === undefined || offset === 0) continue;
    found.push({ name: fullNameOf(info, entry), offset, type: typeOf(info, entry) });
  }
  return found;
}

function typeOf(info: DebugInfo, entry: Entry): number {
  const own = numberIn(entry, attribute.type);
  if (own !== undefined) return own;
  const origin = referredEntry(info, entry, attribute.abstractOrigin);
  return origin === undefined ? -1 : (numberIn(origin, attribute.type) ?? -1);
}

/** Name of a function's entry; `main.wait`. */
export function subprogramName(info: DebugInfo, subprogram: number): string {
  const entry = entryAt(info, subprogram);
  if (entry === undefined) return '';
  return nameOf(info.sections, entry) || fullNameOf(info, entry);
}
