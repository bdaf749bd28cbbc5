// All descriptors of types that the linker kept, found by looking through the section that holds them: stripped binaries have
// no other list of their structs. Source: internal/abi/type.go; cmd/link/internal/ld/data.go puts types and names together.
import { type Memory, uint32At, wordAt } from './memory.ts';
import type { GoModule } from './module-data.ts';
import { kind, readTypeName } from './read-runtime-type.ts';
import type { RuntimeLayout } from './runtime-layout.ts';

const chunkBytes = 1 << 20;
const mostSectionBytes = 256 * 1024 * 1024;
const mostTypeBytes = 2 ** 30;
const kindMask = 31;
const mostAlign = 8;

/** Addresses of what look like descriptors: with a sane size, alignment, kind and a name. */
export function listRuntimeTypes(memory: Memory, layout: RuntimeLayout, module: GoModule): readonly number[] {
  const at = layout.structs.type;
  const found: number[] = [];
  const end = Math.min(module.etypes, module.types + mostSectionBytes);
  for (let from = module.types; from < end; from += chunkBytes) {
    const length = Math.min(chunkBytes + at.sizeBytes, end - from);
    const bytes = memory.read(from, length);
    if (bytes === undefined) continue;
    for (let offset = 0; offset < chunkBytes && offset + at.sizeBytes <= length; offset += 8) {
      const code = bytes[offset + at.kind]! & kindMask;
      const align = bytes[offset + at.align]!;
      if (code < kind.bool || code > kind.unsafePointer || align === 0 || align > mostAlign) continue;
      if ((align & (align - 1)) !== 0 || uint32At(bytes, offset + at.hash) === 0) continue;
      const size = wordAt(bytes, offset + at.size);
      const pointers = wordAt(bytes, offset + at.ptrBytes);
      if (!(size <= mostTypeBytes) || size % align !== 0 || !(pointers <= size) || pointers % 8 !== 0) continue;
      const name = uint32At(bytes, offset + at.str);
      if (name === 0 || name >= module.etypes - module.types) continue;
      if (!isName(readTypeName(memory, module.types + name))) continue;
      found.push(from + offset);
    }
  }
  return found;
}

const isName = (text: string | undefined): boolean =>
  text !== undefined && /^[\w*[\](){}<>.\-/·,;: "%…\p{L}]+$/u.test(text) && /[a-zA-Z]/.test(text);
