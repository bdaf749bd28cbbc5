// What callers pass for a parameter: a channel that is handed in is the caller's channel.
import { argumentsOf } from './calls.ts';
import { parameterAt } from './container-operations.ts';
import type { Place } from './places.ts';
import type { Program } from './program.ts';
import { type Syntax, walk } from './syntax.ts';
import { calleeOf } from './types.ts';

export function argumentsFor(program: Program, place: Extract<Place, { kind: 'variable' }>): readonly Syntax[] {
  const declaration = place.binding.declaration;
  const fn = program.functionAround(declaration);
  if (fn === undefined) return [];
  const found: Syntax[] = [];
  for (const file of program.packageOf(fn.file).files) {
    for (const node of walk(file.root)) {
      if (node.kind !== 'call_expression') continue;
      const callee = calleeOf(program, node);
      const called =
        (callee.kind === 'function' && callee.functions.includes(fn)) ||
        (callee.kind === 'literal' && callee.literal === fn.node);
      if (!called) continue;
      const argument = argumentsOf(node).find((_, index) => parameterAt(program, fn.node, index) === place.binding);
      if (argument !== undefined) found.push(argument);
    }
  }
  return found;
}
