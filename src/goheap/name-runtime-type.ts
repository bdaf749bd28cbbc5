// Names of runtime types as function names and debug information write them: with the whole import path. Descriptors hold
// only the package's name (`http.Request`), and its path beside it. Types that reflect made at run time have their names in
// a table of the runtime; they are spelled out from their parts instead.
import type { Memory } from './memory.ts';
import { uint32At } from './memory.ts';
import type { GoModule } from './module-data.ts';
import { kind, type RuntimeType, readTypeName } from './read-runtime-type.ts';
import type { RuntimeLayout } from './runtime-layout.ts';

export interface TypeNaming {
  readonly memory: Memory;
  readonly layout: RuntimeLayout;
  readonly modules: readonly GoModule[];
  readonly typeAt: (address: number) => RuntimeType | undefined;
}

const mostDepth = 12;
const mostSpelledFields = 8;
const unknown = '?';

export function nameOfRuntimeType(naming: TypeNaming, type: RuntimeType, depth = 0): string {
  const { tflagNamed } = naming.layout.constants;
  const isNamed = tflagNamed !== undefined && (type.tflag & tflagNamed) !== 0;
  const written = writtenName(naming, type);
  if (isNamed && written !== undefined) return withPath(naming, type, written);
  return depth > mostDepth ? (written ?? unknown) : spelled(naming, type, written, depth);
}

function spelled(naming: TypeNaming, type: RuntimeType, written: string | undefined, depth: number): string {
  const of = (address: number): string => {
    const part = naming.typeAt(address);
    return part === undefined ? unknown : nameOfRuntimeType(naming, part, depth + 1);
  };
  switch (type.kind) {
    case kind.pointer:
      return `*${of(type.element)}`;
    case kind.slice:
      return `[]${of(type.element)}`;
    case kind.array:
      return `[${type.length}]${of(type.element)}`;
    case kind.map:
      return `map[${of(type.key)}]${of(type.element)}`;
    case kind.chan:
      // The direction stands in front of it: `<-chan`, `chan<-`.
      return `${/^(<-chan|chan<-) /.exec(written ?? '')?.[1] ?? 'chan'} ${of(type.element)}`;
    case kind.struct: {
      if (written !== undefined) return written;
      const fields = type.fields.slice(0, mostSpelledFields).map((field) => `${field.name} ${of(field.type)}`);
      return `struct { ${fields.join('; ')}${type.fields.length > mostSpelledFields ? '; …' : ''} }`;
    }
    default:
      return written ?? (type.kind === kind.func ? 'func' : unknown);
  }
}

function writtenName(naming: TypeNaming, type: RuntimeType): string | undefined {
  const text = nameAtOffset(naming, type.address, type.nameOffset);
  if (text === undefined || text === '') return undefined;
  const { tflagExtraStar } = naming.layout.constants;
  const extraStar = tflagExtraStar !== undefined && (type.tflag & tflagExtraStar) !== 0;
  // Types that the compiler makes for maps say that they cannot be compared.
  return (extraStar ? text.slice(1) : text).replace(/^noalg\./, '');
}

function nameAtOffset({ memory, modules }: TypeNaming, address: number, offset: number): string | undefined {
  const module = modules.find((one) => address >= one.types && address < one.etypes);
  if (module === undefined || offset <= 0 || offset >= module.etypes - module.types) return undefined;
  return readTypeName(memory, module.types + offset);
}

/** Where the uncommon part begins, behind the part of its kind. */
const uncommonOffsets: Readonly<Record<number, number>> = {
  [kind.array]: 24,
  [kind.chan]: 16,
  [kind.func]: 8,
  [kind.interface]: 32,
  [kind.pointer]: 8,
  [kind.slice]: 8,
  [kind.struct]: 32,
};

/** `http.Request` → `net/http.Request`. */
function withPath(naming: TypeNaming, type: RuntimeType, written: string): string {
  const { tflagUncommon } = naming.layout.constants;
  if (tflagUncommon === undefined || (type.tflag & tflagUncommon) === 0) return written;
  const { sizeBytes } = naming.layout.structs.type;
  const own = type.kind === kind.map ? naming.layout.structs.mapType.sizeBytes - sizeBytes : uncommonOffsets[type.kind];
  const bytes = naming.memory.read(type.address + sizeBytes + (own ?? 0), 4);
  const path = bytes && nameAtOffset(naming, type.address, uint32At(bytes, 0) | 0);
  // Type arguments have dots of their own.
  const bracket = written.indexOf('[');
  const dot = (bracket < 0 ? written : written.slice(0, bracket)).indexOf('.');
  return path === undefined || path === '' || dot < 0 ? written : `${path}${written.slice(dot)}`;
}
