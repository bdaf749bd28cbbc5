// What closures capture, from the code that makes them: the compiler writes, in this order, the address of the closure's type
// and that of its code. It is there in stripped binaries, and in those of Go 1.22 and earlier, whose debug information does
// not say it. Source: cmd/compile/internal/typecheck ClosureType (`struct { F uintptr; … }`), walk/closure.go walkClosure.
//
//   LEAQ type:noalg.struct { F uintptr; X0 *main.Session }(SB), AX
//   CALL runtime.newobject(SB)
//   LEAQ main.fill.func3(SB), CX
import type { Memory } from './memory.ts';
import type { GoModule } from './module-data.ts';
import { kind, readRuntimeType } from './read-runtime-type.ts';
import type { RuntimeLayout } from './runtime-layout.ts';

export interface ClosureTypeSources {
  readonly memory: Memory;
  readonly layout: RuntimeLayout;
  readonly module: GoModule;
  /** Whether a function begins at an address. */
  readonly isFunction: (pc: number) => boolean;
}

const chunkBytes = 16 * 1024 * 1024;
const mostCodeBytes = 512 * 1024 * 1024;
const instructionBytes = 7;
/** From the type to the code: a call and little else lies between. */
const mostApartBytes = 96;
const uintptrKind = 12;

/** Address of the type of a closure's object, by the address of its code. Without those that two places make differently. */
export function findClosureTypes(sources: ClosureTypeSources): ReadonlyMap<number, number> {
  const { memory, module } = sources;
  const found = new Map<number, number>();
  const contradicted = new Set<number>();
  const asked = new Map<number, boolean>();
  const isClosureType = (address: number): boolean => {
    const known = asked.get(address) ?? isClosure(sources, address);
    asked.set(address, known);
    return known;
  };
  const end = Math.min(module.etext, module.text + mostCodeBytes);
  for (let from = module.text; from < end; from += chunkBytes) {
    const bytes = memory.read(from, Math.min(chunkBytes + mostApartBytes, end - from));
    if (bytes === undefined) continue;
    let type = 0;
    let typeAt = 0;
    for (let at = 0; at + instructionBytes <= bytes.length; at++) {
      // lea r64, [rip + offset]: REX.W (or REX.WR), 8d, ModRM 00 reg 101.
      if (bytes[at + 1] !== 0x8d || (bytes[at]! & 0xfb) !== 0x48 || (bytes[at + 2]! & 0xc7) !== 0x05) continue;
      const offset = bytes[at + 3]! | (bytes[at + 4]! << 8) | (bytes[at + 5]! << 16) | (bytes[at + 6]! << 24);
      const target = from + at + instructionBytes + offset;
      if (target >= module.types && target < module.etypes) {
        // Other types are there for allocations of other things.
        if (!isClosureType(target)) continue;
        type = target;
        typeAt = at;
      } else if (type !== 0 && at - typeAt <= mostApartBytes && sources.isFunction(target)) {
        if ((found.get(target) ?? type) !== type) contradicted.add(target);
        found.set(target, type);
        type = 0;
      }
    }
  }
  for (const code of contradicted) found.delete(code);
  return found;
}

/** A struct whose first field is the code, with something behind it. */
function isClosure({ memory, layout }: ClosureTypeSources, address: number): boolean {
  const type = readRuntimeType(memory, layout, address);
  const first = type?.fields[0];
  if (type?.kind !== kind.struct || first === undefined || type.fields.length < 2) return false;
  // `.F` until Go 1.20.
  return /^\.?F$/.test(first.name) && readRuntimeType(memory, layout, first.type)?.kind === uintptrKind;
}
