// One view of a type, whether the runtime's descriptor or debug information describes it. A reference to a type is a number:
// the address of a descriptor, or -2 minus the offset of an entry of debug information. Where both exist, the descriptor is
// taken: it is what the program itself goes by.

import { DecodeError } from '../base/errors.ts';
import { type DebugInfo, entryAt } from '../decode/dwarf/debug-info.ts';
import { nameOf } from '../decode/dwarf/read-entry.ts';
import { type DebugType, debugTypeAt } from '../decode/dwarf/types.ts';
import type { Memory } from './memory.ts';
import type { GoModule } from './module-data.ts';
import { nameOfRuntimeType, type TypeNaming } from './name-runtime-type.ts';
import { kind, type RuntimeType, readRuntimeType } from './read-runtime-type.ts';
import type { RuntimeLayout } from './runtime-layout.ts';

export const noType = -1;
export const debugReference = (offset: number): number => (offset < 0 ? noType : -2 - offset);

export interface ShapeField {
  readonly name: string;
  readonly offset: number;
  readonly type: number;
}

export interface TypeShape {
  readonly reference: number;
  /** reflect.Kind. */
  readonly kind: number;
  readonly sizeBytes: number;
  /** Bytes up to the last pointer; the size where only debug information knows the type. */
  readonly pointerBytes: number;
  readonly direct: boolean;
  readonly hasMethods: boolean;
  /** References to types, or `noType`. */
  readonly element: number;
  readonly key: number;
  readonly group: number;
  readonly length: number;
  readonly fields: readonly ShapeField[];
}

export interface TypeShapes {
  /** Undefined when there is no sane type. */
  shapeOf(reference: number): TypeShape | undefined;
  nameOf(reference: number): string;
}

export interface TypeSources {
  readonly memory: Memory;
  readonly layout: RuntimeLayout;
  readonly modules: readonly GoModule[];
  readonly debug: DebugInfo | undefined;
}

export function createTypeShapes(sources: TypeSources): TypeShapes {
  const { memory, layout, modules, debug } = sources;
  const types = new Map<number, RuntimeType | undefined>();
  const shapes = new Map<number, TypeShape | undefined>();
  const typeAt = (address: number): RuntimeType | undefined => {
    if (!types.has(address)) types.set(address, readRuntimeType(memory, layout, address));
    return types.get(address);
  };
  const naming: TypeNaming = { memory, layout, modules, typeAt };
  const shapeOf = (reference: number): TypeShape | undefined => {
    if (!shapes.has(reference)) {
      const shape =
        reference > 0 ? ofRuntimeType(typeAt(reference)) : debug && ofDebugInfo(debug, reference, modules[0], typeAt);
      shapes.set(reference, shape);
    }
    return shapes.get(reference);
  };
  return {
    shapeOf,
    nameOf(reference) {
      const shape = shapeOf(reference);
      if (shape === undefined) return '';
      const type = shape.reference > 0 ? typeAt(shape.reference) : undefined;
      if (type !== undefined) return nameOfRuntimeType(naming, type);
      return debug === undefined ? '' : debugNameOf(debug, shape.reference);
    },
  };
}

function ofRuntimeType(type: RuntimeType | undefined): TypeShape | undefined {
  if (type === undefined) return undefined;
  const reference = (address: number): number => (address > 0 ? address : noType);
  return {
    reference: type.address,
    kind: type.kind,
    sizeBytes: type.sizeBytes,
    pointerBytes: type.pointerBytes,
    direct: type.direct,
    hasMethods: type.hasMethods,
    element: reference(type.element),
    key: reference(type.key),
    group: reference(type.group),
    length: type.length,
    fields: type.fields,
  };
}

/** Damaged entries are types that nobody knows: the walk goes on without them. */
function ofDebugInfo(
  debug: DebugInfo,
  reference: number,
  module: GoModule | undefined,
  typeAt: (address: number) => RuntimeType | undefined,
): TypeShape | undefined {
  if (reference === noType) return undefined;
  let type: DebugType | undefined;
  try {
    type = debugTypeAt(debug, -2 - reference);
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
  }
  if (type === undefined) return undefined;
  if (type.goRuntimeType > 0 && module !== undefined) {
    // What debug information holds is an offset from the module's types. Old linkers may have kept an address.
    const own = typeAt(module.types + type.goRuntimeType);
    if (own !== undefined && own.sizeBytes === type.sizeBytes && own.kind === type.goKind) return ofRuntimeType(own);
  }
  return ofDebugType(debug, reference, type);
}

function ofDebugType(debug: DebugInfo, reference: number, type: DebugType): TypeShape {
  const element = debugReference(type.element);
  const code = kindOf(type);
  const elementBytes = code === kind.array ? (debugTypeAt(debug, type.element)?.sizeBytes ?? 0) : 0;
  return {
    reference,
    kind: code,
    sizeBytes: type.sizeBytes,
    pointerBytes: type.sizeBytes - (type.sizeBytes % 8),
    direct: code === kind.pointer || code === kind.map || code === kind.chan || code === kind.func,
    // An interface with methods begins with its itab.
    hasMethods: type.members.some((member) => member.name === 'tab'),
    element,
    key: debugReference(type.key),
    group: noType,
    length: elementBytes > 0 ? Math.floor(type.sizeBytes / elementBytes) : 0,
    fields: type.members.map((member) => ({ ...member, type: debugReference(member.type) })),
  };
}

/** Types of C, and the runtime's own parts of interfaces, have no kind of Go's. */
function kindOf(type: DebugType): number {
  if (type.goKind !== 0) return type.goKind;
  if (type.kind === 'struct') return kind.struct;
  if (type.kind === 'array') return kind.array;
  if (type.kind === 'pointer') return type.element < 0 ? kind.unsafePointer : kind.pointer;
  return kind.bool;
}

function debugNameOf(debug: DebugInfo, reference: number): string {
  const entry = entryAt(debug, -2 - reference);
  if (entry === undefined) return '';
  return nameOf(debug.sections, entry) || debugTypeAt(debug, entry.offset)?.name || '';
}
