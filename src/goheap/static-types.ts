// Types of unnamed static data: `var cache = &Cache{…}` is a named pointer to a composite that the linker laid out beside
// it without a name. Types travel from named variables through such data, so that what hangs on it is typed as well.
import { wordReaderOf } from '../base/memory-source.ts';
import type { HeapImage } from './heap-image.ts';
import { resolveInterface } from './resolve-interface.ts';
import { isMany, rowOf, type TypeTable, untyped } from './type-table.ts';

const mostWords = 1 << 24;

export interface StaticTypes {
  /** What words of unnamed data refer to, by their address. */
  readonly targets: ReadonlyMap<number, number>;
  /** By address of each such word: the variable that led to it, and the field of what it points to. */
  readonly places: ReadonlyMap<number, StaticPlace>;
}

export interface StaticPlace {
  readonly variable: string;
  /** Where the unnamed data begin. */
  readonly start: number;
  readonly field: string;
}

/** `nameAt` names the variable that holds an address; '' when it has none. */
export function spreadStaticTypes(
  image: HeapImage,
  types: TypeTable,
  targetAt: (address: number) => number,
  nameAt: (address: number) => string,
): StaticTypes {
  const reader = wordReaderOf(image.memory);
  const isStatic = (address: number): boolean =>
    image.modules.some(
      ({ data, edata, bss, ebss }) => (address >= data && address < edata) || (address >= bss && address < ebss),
    );
  const found = new Map<number, number>();
  const places = new Map<number, StaticPlace>();
  const seen = new Set<string>();
  const open: { readonly start: number; readonly row: number; readonly count: number; readonly variable: string }[] =
    [];
  let words = 0;
  /** The word at `address` has this target: what it points to is looked at when it is static too. */
  const take = (address: number, target: number, variable: string): void => {
    const start = reader.word(address);
    if (!isStatic(start)) return;
    const kind = resolveInterface(types, reader, target, address);
    if (kind < 0) return;
    const key = `${start} ${kind}`;
    if (seen.has(key)) return;
    seen.add(key);
    // The length of a slice or string stands behind its pointer.
    const count = isMany(kind) ? reader.word(address + 8) : 1;
    open.push({
      start,
      row: rowOf(kind),
      count: Number.isNaN(count) ? 0 : count,
      variable: variable || nameAt(address),
    });
  };
  for (const module of image.modules) {
    for (const [from, to] of [
      [module.data, module.edata],
      [module.bss, module.ebss],
    ] as const) {
      for (let address = from; address + 8 <= to && words < mostWords; address += 8, words++) {
        const target = targetAt(address);
        if (target !== untyped) take(address, target, '');
      }
    }
  }
  for (let one = open.pop(); one !== undefined; one = open.pop()) {
    const targets = types.targets(one.row);
    const size = types.sizeBytes(one.row);
    if (targets.length === 0 || size === 0) continue;
    for (let i = 0; i < one.count && words < mostWords; i++) {
      for (let word = 0; word < targets.length; word++, words++) {
        const address = one.start + i * size + word * 8;
        const target = targets[word]!;
        if (target === -1 || !isStatic(address)) continue;
        if (targetAt(address) === untyped && !found.has(address)) {
          found.set(address, target);
          const index = one.count > 1 ? `[${i}]` : '';
          const field = `${index}${types.fieldAt(one.row, word * 8)}`;
          places.set(address, { variable: one.variable, start: one.start, field });
        }
        take(address, target, one.variable);
      }
    }
  }
  return { targets: found, places };
}
