// The code of a function by its name, in memory: what the function table says, with the load bias.
import { addressOfFunction, functionRowAt, type Pclntab } from '../decode/pclntab/pclntab.ts';
import type { FunctionRange } from './find-variables-in-code.ts';

export function functionRangesOf(table: Pclntab, loadBias: number): (name: string) => FunctionRange | undefined {
  return (name) => {
    const start = addressOfFunction(table, name);
    if (start === undefined) return undefined;
    const next = table.starts[functionRowAt(table, start) + 1];
    const end = next === undefined ? table.textEnd : table.textStart + next;
    return { start: start + loadBias, end: end + loadBias };
  };
}
