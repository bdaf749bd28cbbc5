// The data word of an interface that stands in memory: the word in front of it says what it refers to.
import type { WordReader } from '../base/memory-source.ts';
import { efaceData, ifaceData, type TypeTable, untyped } from './type-table.ts';

/** Targets that are no interface's are returned as they are. `address` is that of the data word. */
export function resolveInterface(types: TypeTable, reader: WordReader, target: number, address: number): number {
  if (target !== efaceData && target !== ifaceData) return target;
  const head = reader.word(address - 8);
  const type = target === efaceData ? head : reader.word(head + 8);
  return type > 0 ? types.targetInInterface(type) : untyped;
}
