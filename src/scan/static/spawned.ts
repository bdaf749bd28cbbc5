// Goroutines that a package starts: `go f(x)`, `go func() {…}()`, `wg.Go(func() {…})`, with the body that runs.

import { argumentsOf, calledName } from '../calls.ts';
import type { GoFunction } from '../go-function.ts';
import { loopAround, part, type Syntax } from '../syntax.ts';
import { calleeOf } from '../types.ts';
import type { PackageFacts } from './package-facts.ts';

export interface Spawned {
  /** The go statement, or the call of `Go`. */
  readonly statement: Syntax;
  /** What runs, as far as the package shows it. */
  readonly fn: GoFunction;
  /** Who starts it. */
  readonly by: GoFunction;
  readonly inLoop: boolean;
}

export function spawnedIn(facts: PackageFacts): readonly Spawned[] {
  const found: Spawned[] = [];
  const add = (statement: Syntax, fn: GoFunction | undefined): void => {
    const by = facts.functionOf(statement);
    if (fn !== undefined && by !== undefined)
      found.push({ statement, fn, by, inLoop: loopAround(statement) !== undefined });
  };
  for (const statement of facts.nodes('go_statement')) {
    const call = statement.children[0];
    if (call?.kind !== 'call_expression') continue;
    const callee = calleeOf(facts.program, call);
    if (callee.kind === 'literal') add(statement, literalAt(facts, callee.literal));
    if (callee.kind === 'function' && callee.functions.length === 1) add(statement, callee.functions[0]);
  }
  for (const call of facts.callsNamed('Go')) {
    const [argument] = argumentsOf(call);
    if (argument?.kind === 'func_literal' && call.parent?.kind === 'expression_statement' && calledName(call) === 'Go')
      add(call, literalAt(facts, argument));
  }
  return found;
}

function literalAt(facts: PackageFacts, literal: Syntax): GoFunction | undefined {
  const body = part(literal, 'body');
  const inside = body === undefined ? undefined : facts.functionOf(body);
  return inside?.node === literal ? inside : undefined;
}
