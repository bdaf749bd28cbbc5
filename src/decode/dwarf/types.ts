// Types as debug information describes them, one step at a time: the shape of a type names other types by their offset.
import { attribute, form, tag } from './constants.ts';
import { childrenOf, type DebugInfo, entryAt } from './debug-info.ts';
import { blockOf, type Entry, nameOf, numberIn } from './read-entry.ts';
import { readUleb } from './read-number.ts';

export interface DebugMember {
  readonly name: string;
  readonly offset: number;
  readonly type: number;
}

export interface DebugType {
  readonly offset: number;
  /** Go's own name for it; '' for C's anonymous types. */
  readonly name: string;
  readonly kind: 'struct' | 'array' | 'pointer' | 'function' | 'base' | 'other';
  readonly sizeBytes: number;
  /** Go's reflect.Kind (without flags), 0 when it is not Go's. */
  readonly goKind: number;
  /** Offset of the runtime's type descriptor from moduledata.types; 0 when the linker dropped it. */
  readonly goRuntimeType: number;
  /** Pointer, array, slice, channel: what it is of. Map: the value. -1 when unknown. */
  readonly element: number;
  readonly key: number;
  readonly members: readonly DebugMember[];
}

const pointerBytes = 8;
const mostSteps = 64;

/** The type at an offset, with typedefs and qualifiers followed; undefined when there is none. */
export function debugTypeAt(info: DebugInfo, offset: number): DebugType | undefined {
  return typeAt(info, offset, 0);
}

/** `depth` counts arrays of arrays whose sizes are not written. */
function typeAt(info: DebugInfo, offset: number, depth: number): DebugType | undefined {
  let name = '';
  let goKind = 0;
  let goRuntimeType = 0;
  let element = -1;
  let key = -1;
  let at = offset;
  for (let step = 0; step < mostSteps; step++) {
    const entry = at < 0 ? undefined : entryAt(info, at);
    if (entry === undefined) return undefined;
    // The outermost name and facts are those of the type that was asked for.
    name = name || nameOf(info.sections, entry);
    goKind = goKind || (numberIn(entry, attribute.goKind) ?? 0);
    goRuntimeType = goRuntimeType || (numberIn(entry, attribute.goRuntimeType) ?? 0);
    if (element < 0) element = numberIn(entry, attribute.goElem) ?? -1;
    if (key < 0) key = numberIn(entry, attribute.goKey) ?? -1;
    const isAlias = entry.tag === tag.typedef || entry.tag === tag.const || entry.tag === tag.volatile;
    if (!isAlias) {
      const pointee =
        entry.tag === tag.pointer || entry.tag === tag.array ? (numberIn(entry, attribute.type) ?? -1) : -1;
      const common = { offset, name, goKind, goRuntimeType, key, element: element < 0 ? pointee : element };
      return { ...common, ...shapeOf(info, entry, depth) };
    }
    const next = numberIn(entry, attribute.type);
    if (next === undefined) return undefined;
    at = next;
  }
  return undefined;
}

function shapeOf(info: DebugInfo, entry: Entry, depth: number): Pick<DebugType, 'kind' | 'sizeBytes' | 'members'> {
  const size = numberIn(entry, attribute.byteSize);
  switch (entry.tag) {
    case tag.structure:
      return { kind: 'struct', sizeBytes: size ?? 0, members: membersOf(info, entry) };
    case tag.pointer:
      return { kind: 'pointer', sizeBytes: size ?? pointerBytes, members: [] };
    case tag.subroutine:
      return { kind: 'function', sizeBytes: size ?? pointerBytes, members: [] };
    case tag.array:
      return { kind: 'array', sizeBytes: size ?? arrayBytes(info, entry, depth), members: [] };
    case tag.base:
      return { kind: 'base', sizeBytes: size ?? 0, members: [] };
    default:
      return { kind: 'other', sizeBytes: size ?? 0, members: [] };
  }
}

export function membersOf(info: DebugInfo, structure: Entry): readonly DebugMember[] {
  const members: DebugMember[] = [];
  for (const child of childrenOf(info, structure)) {
    if (child.tag !== tag.member) continue;
    const place = child.values.get(attribute.dataMemberLocation);
    const isBlock = place?.form === form.exprloc || place?.form === form.block1;
    const offset = isBlock ? blockOffset(blockOf(info.sections, place)) : (place?.number ?? 0);
    members.push({ name: nameOf(info.sections, child), offset, type: numberIn(child, attribute.type) ?? -1 });
  }
  return members;
}

/** DWARF 2 to 4 may write the offset as an expression: DW_OP_plus_uconst N. */
function blockOffset(block: Uint8Array): number {
  return block[0] === 0x23 ? readUleb({ bytes: block, at: 1 }) : 0;
}

/** C leaves the size of an array to be computed. */
function arrayBytes(info: DebugInfo, array: Entry, depth: number): number {
  let count = 1;
  for (const child of childrenOf(info, array)) {
    if (child.tag !== tag.subrange) continue;
    const upper = numberIn(child, attribute.upperBound);
    count *= numberIn(child, attribute.count) ?? (upper === undefined ? 0 : upper + 1);
  }
  const element = numberIn(array, attribute.type);
  if (element === undefined || depth > mostSteps) return 0;
  return count * (typeAt(info, element, depth + 1)?.sizeBytes ?? 0);
}
