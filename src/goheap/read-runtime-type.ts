// The runtime's own descriptors of types, from memory: they are there in stripped binaries too. Source: internal/abi/type.go,
// before 1.21 runtime/type.go; the fields behind the common part have had the same places since 1.19:
//
//   array    elem 48, slice 56, len 64        chan    elem 48, dir 56          func   inCount u16 48, outCount u16 50
//   interface pkgPath 48, methods 56          map     key 48, elem 56, group or bucket 64
//   pointer  elem 48                          slice   elem 48                  struct pkgPath 48, fields {ptr 56, len 64}
//   field    name 0, type 8, offset 16
import { type Memory, uint32At, wordAt } from './memory.ts';
import type { RuntimeLayout } from './runtime-layout.ts';

/** reflect.Kind. Source: internal/abi/type.go. */
export const kind = {
  bool: 1,
  array: 17,
  chan: 18,
  func: 19,
  interface: 20,
  map: 21,
  pointer: 22,
  slice: 23,
  string: 24,
  struct: 25,
  unsafePointer: 26,
} as const;

export interface RuntimeField {
  readonly name: string;
  /** Address of its type. */
  readonly type: number;
  readonly offset: number;
}

export interface RuntimeType {
  readonly address: number;
  readonly kind: number;
  readonly sizeBytes: number;
  /** Bytes of the value up to its last pointer. */
  readonly pointerBytes: number;
  readonly tflag: number;
  /** Offset of its name from the module's types; negative for types that reflect made. */
  readonly nameOffset: number;
  /** A value stands in an interface itself, without memory of its own. */
  readonly direct: boolean;
  /** Array, channel, pointer, slice: what of. Map: the value. 0 otherwise. */
  readonly element: number;
  readonly key: number;
  /** Type of a group (swiss) or bucket of a map. */
  readonly group: number;
  /** Elements of an array. */
  readonly length: number;
  /** An interface with methods. */
  readonly hasMethods: boolean;
  readonly fields: readonly RuntimeField[];
}

const mostTypeBytes = 2 ** 40;
const mostFields = 1 << 16;
const mostNameBytes = 1 << 16;
const fieldBytes = 24;
const kindMask = 31;

/** Undefined when there is no sane descriptor. */
export function readRuntimeType(memory: Memory, layout: RuntimeLayout, address: number): RuntimeType | undefined {
  const at = layout.structs.type;
  if (!(address > 0) || address % 8 !== 0) return undefined;
  const head = memory.read(address, at.sizeBytes);
  if (head === undefined) return undefined;
  const code = head[at.kind]! & kindMask;
  const sizeBytes = wordAt(head, at.size);
  const pointerBytes = wordAt(head, at.ptrBytes);
  const align = head[at.align]!;
  if (code < kind.bool || code > kind.unsafePointer || !(sizeBytes <= mostTypeBytes)) return undefined;
  if (!(pointerBytes <= sizeBytes) || pointerBytes % 8 !== 0 || align === 0 || (align & (align - 1)) !== 0) {
    return undefined;
  }
  const { tflagDirectIface, kindDirectIface } = layout.constants;
  const direct =
    tflagDirectIface === undefined
      ? (head[at.kind]! & kindDirectIface) !== 0
      : (head[at.tflag]! & tflagDirectIface) !== 0;
  const rest = readRest(memory, address + at.sizeBytes, code, sizeBytes);
  if (rest === undefined) return undefined;
  return {
    address,
    kind: code,
    sizeBytes,
    pointerBytes,
    tflag: head[at.tflag]!,
    nameOffset: uint32At(head, at.str) | 0,
    direct,
    element: 0,
    key: 0,
    group: 0,
    length: 0,
    hasMethods: false,
    fields: [],
    ...rest,
  };
}

function readRest(memory: Memory, at: number, code: number, sizeBytes: number): Partial<RuntimeType> | undefined {
  const words = (count: number): readonly number[] | undefined => {
    const bytes = memory.read(at, 8 * count);
    if (bytes === undefined) return undefined;
    const read = Array.from({ length: count }, (_, i) => wordAt(bytes, 8 * i));
    return read.some(Number.isNaN) ? undefined : read;
  };
  switch (code) {
    case kind.array: {
      const read = words(3);
      return read && { element: read[0]!, length: read[2]! };
    }
    case kind.chan:
    case kind.pointer:
    case kind.slice: {
      const read = words(1);
      return read && { element: read[0]! };
    }
    case kind.interface: {
      const read = words(3);
      return read && { hasMethods: read[2]! > 0 };
    }
    case kind.map: {
      const read = words(3);
      return read && { key: read[0]!, element: read[1]!, group: read[2]! };
    }
    case kind.struct: {
      const read = words(3);
      const fields = read && readFields(memory, read[1]!, read[2]!, sizeBytes);
      return fields && { fields };
    }
    default:
      return {};
  }
}

function readFields(
  memory: Memory,
  address: number,
  count: number,
  sizeBytes: number,
): readonly RuntimeField[] | undefined {
  if (count > mostFields) return undefined;
  const bytes = count === 0 ? new Uint8Array(0) : memory.read(address, count * fieldBytes);
  if (bytes === undefined) return undefined;
  const fields: RuntimeField[] = [];
  for (let at = 0; at < bytes.length; at += fieldBytes) {
    const offset = wordAt(bytes, at + 16);
    const type = wordAt(bytes, at + 8);
    if (!(offset <= sizeBytes) || !(type > 0)) return undefined;
    fields.push({ name: readTypeName(memory, wordAt(bytes, at)) ?? '', type, offset });
  }
  return fields;
}

/** A name as types hold it: a byte of flags, the length as varint, text. Undefined when it cannot be one. */
export function readTypeName(memory: Memory, address: number): string | undefined {
  if (!(address > 0)) return undefined;
  let length = 0;
  let start = address + 1;
  for (let shift = 0; shift < 21; shift += 7) {
    const byte = memory.read(start++, 1)?.[0];
    if (byte === undefined) return undefined;
    length |= (byte & 0x7f) << shift;
    if (byte < 0x80) break;
  }
  if (length > mostNameBytes) return undefined;
  const bytes = length === 0 ? new Uint8Array(0) : memory.read(start, length);
  return bytes === undefined ? undefined : Buffer.from(bytes).toString('utf8');
}
