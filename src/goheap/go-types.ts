// The table of types of one process: rows are made when they are first asked for, from descriptors in memory and from debug
// information. What type-table.ts promises, this keeps.
import { offsetsByName } from '../decode/dwarf/debug-info.ts';
import { createHeaderTypes } from './header-types.ts';
import { kind } from './read-runtime-type.ts';
import {
  createTypeShapes,
  debugReference,
  noType,
  type ShapeField,
  type TypeShape,
  type TypeSources,
} from './type-shapes.ts';
import { closure, efaceData, ifaceData, many, one, scalar, type TypeTable, untyped } from './type-table.ts';

export interface GoTypesOptions extends TypeSources {
  readonly layout: TypeSources['layout'];
  /** Function whose code begins at an address in memory, with what its closure captures where that is known. */
  readonly closureAt: (pc: number) => ClosureFacts | undefined;
}

export interface ClosureFacts {
  readonly functionName: string;
  /** Captured variables; types are offsets of entries of debug information. Empty when not known. */
  readonly captures: readonly { readonly name: string; readonly offset: number; readonly type: number }[];
  /** Address of the descriptor of the closure's object, where the code that makes it says so. */
  readonly type: number | undefined;
}

export interface GoTypes extends TypeTable {
  /** Row of the type that an entry of debug information describes; -1 when there is no sane one. */
  rowOfDebugType(offset: number): number;
  mapParts(row: number): MapParts | undefined;
  targetInInterface(address: number): number;
}

export interface MapParts {
  readonly group: number;
  readonly table: number;
  readonly tablePointer: number;
}

/** What a row is made of, before anyone asks for its words. */
export interface TypeRow {
  readonly name: () => string;
  readonly sizeBytes: number;
  readonly targets: () => Int32Array;
  readonly fieldAt: (byteOffset: number) => string;
  readonly mapParts?: MapParts;
}

/** A value of 32 MB is followed word by word; what lies behind has no types. */
const mostWords = 1 << 22;
const mostDepth = 64;
const noTargets = new Int32Array(0);

export function createGoTypes(options: GoTypesOptions): GoTypes {
  const shapes = createTypeShapes(options);
  const rows: TypeRow[] = [];
  const names: (string | undefined)[] = [];
  const targets: (Int32Array | undefined)[] = [];
  const rowOfReference = new Map<number, number>();
  const rowOfCode = new Map<number, number>();

  const addRow = (row: TypeRow): number => rows.push(row) - 1;
  const rowOf = (reference: number): number => {
    const known = rowOfReference.get(reference);
    if (known !== undefined) return known;
    const shape = shapes.shapeOf(reference);
    let row = -1;
    if (shape !== undefined) {
      // Debug information of a type that has a descriptor leads to the descriptor's row.
      row = shape.reference === reference ? addRow(rowOfShape(shape)) : rowOf(shape.reference);
    }
    rowOfReference.set(reference, row);
    return row;
  };
  let debugTypes: ReadonlyMap<string, number> | undefined;
  const rowNamed = (name: string): number => {
    if (options.debug === undefined) return -1;
    debugTypes ??= offsetsByName(options.debug, options.debug.index.types);
    const offset = debugTypes.get(name);
    return offset === undefined ? -1 : rowOf(debugReference(offset));
  };
  const rowOfShape = (shape: TypeShape): TypeRow => ({
    name: () => shapes.nameOf(shape.reference),
    sizeBytes: shape.sizeBytes,
    targets: () => targetsOf(shape),
    fieldAt: (byteOffset) => fieldOf(shape, byteOffset),
  });
  const stringData = addRow({ name: () => 'string data', sizeBytes: 1, targets: () => noTargets, fieldAt: () => '' });
  const targetsAt = (row: number): Int32Array => (targets[row] ??= rows[row]?.targets() ?? noTargets);
  const fieldAt = (row: number, byteOffset: number): string => rows[row]?.fieldAt(byteOffset) ?? '';
  const { layout } = options;
  const headers = createHeaderTypes({ layout, shapes, addRow, rowOf, targets: targetsAt, fieldAt });

  /** What the first word of a value refers to. */
  const firstTarget = (shape: TypeShape): number => {
    const pointee = (row: number): number => (row < 0 ? untyped : one(row));
    switch (shape.kind) {
      case kind.pointer:
        return pointee(rowOf(shape.element));
      case kind.slice: {
        const row = rowOf(shape.element);
        return row < 0 ? untyped : many(row);
      }
      case kind.string:
        return many(stringData);
      case kind.func:
        return closure;
      case kind.map:
        return pointee(headers.mapHeader(shape));
      case kind.chan:
        return pointee(headers.channel(shape));
      default:
        return untyped;
    }
  };
  const fill = (into: Int32Array, at: number, shape: TypeShape, depth: number): void => {
    const word = at / 8;
    if (depth > mostDepth || !Number.isInteger(word) || word >= into.length || shape.pointerBytes === 0) return;
    switch (shape.kind) {
      case kind.pointer:
      case kind.slice:
      case kind.string:
      case kind.func:
      case kind.map:
      case kind.chan:
      case kind.unsafePointer:
        into[word] = firstTarget(shape);
        return;
      case kind.interface:
        if (word + 1 < into.length) into[word + 1] = shape.hasMethods ? ifaceData : efaceData;
        return;
      case kind.struct:
        if (fillAtomicPointer(into, word, shape)) return;
        if (isReflectValue(shape)) {
          // {typ, ptr, flag}: the value is what its type says, as the data word of an interface.
          if (word + 1 < into.length) into[word + 1] = efaceData;
          return;
        }
        for (const field of shape.fields) {
          const inner = shapes.shapeOf(field.type);
          if (inner !== undefined && field.offset + inner.sizeBytes <= shape.sizeBytes) {
            fill(into, at + field.offset, inner, depth + 1);
          }
        }
        fillHidden(into, word, shape);
        return;
      case kind.array:
        fillArray(into, at, shape, depth);
        return;
      default:
    }
  };
  /** sync/atomic.Pointer[T] {_ [0]*T; _ noCopy; v unsafe.Pointer}: the array that is not there says what v points to. */
  const fillAtomicPointer = (into: Int32Array, word: number, shape: TypeShape): boolean => {
    if (shape.sizeBytes !== 8 || shape.fields.length < 2) return false;
    const absent = shapes.shapeOf(shape.fields[0]!.type);
    const value = shapes.shapeOf(shape.fields.at(-1)!.type);
    if (absent?.kind !== kind.array || absent.sizeBytes !== 0 || value?.kind !== kind.unsafePointer) return false;
    const pointer = shapes.shapeOf(absent.element);
    if (pointer?.kind !== kind.pointer) return false;
    into[word] = firstTarget(pointer);
    return true;
  };
  /**
   * What types hide: sync.Pool's pointers are unsafe.Pointer and its values stand in interfaces in disguise, and so is the
   * chain of buckets of a map.
   */
  const fillHidden = (into: Int32Array, word: number, { fields, reference }: TypeShape): void => {
    if (fields.length === 2 && fields[0]!.name === 'typ' && fields[1]!.name === 'val') {
      if (shapes.nameOf(reference) === 'sync.eface' && word + 1 < into.length) into[word + 1] = efaceData;
      return;
    }
    // The last word of a bucket of a map leads to the bucket that it flows over into.
    const overflow = fields.at(-1);
    if (overflow?.name === 'overflow' && shapes.nameOf(reference).startsWith('map.bucket[')) {
      if (word + overflow.offset / 8 < into.length) into[word + overflow.offset / 8] = one(rowOf(reference));
      return;
    }
    if (!fields.some((field) => field.name === 'victimSize') || shapes.nameOf(reference) !== 'sync.Pool') return;
    const local = rowNamed('sync.poolLocal');
    if (local < 0) return;
    for (const { name, offset } of fields) {
      if (name === 'local' || name === 'victim') into[word + offset / 8] = many(local);
    }
  };
  const isReflectValue = ({ fields, reference }: TypeShape): boolean =>
    fields.length === 3 && fields[1]!.name === 'ptr' && shapes.nameOf(reference) === 'reflect.Value';
  const fillArray = (into: Int32Array, at: number, shape: TypeShape, depth: number): void => {
    const element = shapes.shapeOf(shape.element);
    if (element === undefined || element.pointerBytes === 0 || element.sizeBytes % 8 !== 0) return;
    fill(into, at, element, depth + 1);
    // The first element says what all others are: copying doubles what is done, so a million elements are twenty copies.
    const start = at / 8;
    const stop = Math.min(into.length, start + (shape.length * element.sizeBytes) / 8);
    for (let done = element.sizeBytes / 8; done > 0 && start + done < stop; done *= 2) {
      into.copyWithin(start + done, start, start + Math.min(done, stop - start - done));
    }
  };
  const targetsOf = (shape: TypeShape): Int32Array => {
    const words = Math.min(mostWords, Math.floor(shape.pointerBytes / 8), Math.ceil(shape.sizeBytes / 8));
    // The data word of an interface is its last pointer, and so is the first word of a string.
    const into = new Int32Array(words).fill(scalar);
    fill(into, 0, shape, 0);
    return into;
  };
  const fieldOf = (outer: TypeShape, byteOffset: number): string => {
    let text = '';
    let at = byteOffset;
    let shape: TypeShape | undefined = outer;
    for (let depth = 0; shape !== undefined && depth < mostDepth; depth++) {
      if (shape.kind === kind.struct) {
        const field = fieldHolding(shape.fields, at);
        if (field === undefined) break;
        text += `.${field.name}`;
        at -= field.offset;
        shape = shapes.shapeOf(field.type);
      } else if (shape.kind === kind.array) {
        const element = shapes.shapeOf(shape.element);
        if (element === undefined || element.sizeBytes === 0) break;
        text += `[${Math.floor(at / element.sizeBytes)}]`;
        at %= element.sizeBytes;
        shape = element;
      } else {
        break;
      }
    }
    return text;
  };
  const rowOfClosure = (pc: number): number => {
    const known = rowOfCode.get(pc);
    if (known !== undefined) return known;
    const facts = options.closureAt(pc);
    const row = facts === undefined ? -1 : addRow(closureRow(facts));
    rowOfCode.set(pc, row);
    return row;
  };
  const closureRow = ({ functionName, captures, type }: ClosureFacts): TypeRow => {
    const name = (): string => `func ${functionName}`;
    // Debug information has the better names.
    const made = captures.length > 0 || type === undefined ? undefined : shapes.shapeOf(type);
    if (made !== undefined) return { ...rowOfShape(made), name };
    const fields = captures.flatMap(({ name, offset, type }) => {
      const shape = shapes.shapeOf(debugReference(type));
      return shape === undefined ? [] : [{ name, offset, type: shape.reference, end: offset + shape.sizeBytes }];
    });
    const sizeBytes = fields.length === 0 ? 0 : Math.max(...fields.map((field) => field.end));
    const shape: TypeShape = {
      reference: noType,
      kind: kind.struct,
      sizeBytes,
      pointerBytes: sizeBytes - (sizeBytes % 8),
      direct: false,
      hasMethods: false,
      element: noType,
      key: noType,
      group: noType,
      length: 0,
      fields,
    };
    return { ...rowOfShape(shape), name };
  };
  return {
    length: () => rows.length,
    name: (row) => (names[row] ??= rows[row]?.name() ?? ''),
    sizeBytes: (row) => rows[row]?.sizeBytes ?? 0,
    targets: targetsAt,
    fieldAt,
    mapParts: (row) => rows[row]?.mapParts,
    rowOfRuntimeType: (address) => (address > 0 ? rowOf(address) : -1),
    targetInInterface(address) {
      const shape = address > 0 ? shapes.shapeOf(address) : undefined;
      if (shape === undefined) return untyped;
      if (!shape.direct) return one(rowOf(address));
      // A struct or array of one pointer stands in the word like the pointer itself.
      return targetsOf(shape)[0] ?? untyped;
    },
    rowOfClosure,
    rowNamed,
    rowOfDebugType: (offset) => rowOf(debugReference(offset)),
  };
}

function fieldHolding(fields: readonly ShapeField[], at: number): ShapeField | undefined {
  let found: ShapeField | undefined;
  for (const field of fields)
    if (field.offset <= at && (found === undefined || field.offset >= found.offset)) found = field;
  return found;
}
