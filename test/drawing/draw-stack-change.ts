// Stacks of a flame graph as text: `main read parse  2 > 6` is a stack with what it held before and after.
import type { StackChange } from '../../src/ui/flame/flame-tree.ts';

/** Functions of package main are the program's own. Without `>` there is nothing to compare with. */
export function drawStackChange(...lines: readonly string[]): StackChange {
  const functionNames: string[] = [];
  const prefix: number[] = [];
  const frame: number[] = [];
  const rows = new Map<string, number>();
  const before = new Map<number, number>();
  const after = new Map<number, number>();
  for (const line of lines) {
    const match = /^(.+?)\s{2,}(?:(\d+) > )?(\d+)$/.exec(line);
    if (match === null) throw new Error(`not a stack: ${line}`);
    let row = -1;
    for (const name of match[1]!.split(' ')) {
      const key = `${row} ${name}`;
      let child = rows.get(key);
      if (child === undefined) {
        child = prefix.length;
        rows.set(key, child);
        if (!functionNames.includes(name)) functionNames.push(name);
        prefix.push(row);
        frame.push(functionNames.indexOf(name));
      }
      row = child;
    }
    if (match[2] !== undefined) before.set(row, Number(match[2]));
    after.set(row, Number(match[3]));
  }
  const column = (values: ReadonlyMap<number, number>): number[] => prefix.map((_, row) => values.get(row) ?? 0);
  return {
    stacks: {
      frames: {
        function: functionNames,
        file: functionNames.map(() => ''),
        line: functionNames.map(() => 0),
        own: functionNames.flatMap((name, row) => (name.startsWith('main') ? [row] : [])),
      },
      prefix,
      frame,
    },
    before: before.size === 0 ? undefined : column(before),
    after: column(after),
  };
}
