// A cut that leaves one element behind its end, and an append right after that overwrites it: nothing is lost for longer
// than a statement.
//   copy(s, s[1:]); s = s[:len(s)-1]; s = append(s, next)

import { argumentsOf } from '../calls.ts';
import { assignedTo } from '../container-operations.ts';
import { around, part, type Syntax, statementOf, textOf, unparenthesised, walkOwn } from '../syntax.ts';

/** `target` is the slice on the left of the cut. */
export function isRefilled(target: Syntax): boolean {
  const value = assignedTo(target);
  if (value === undefined || !leavesOne(target, unparenthesised(value))) return false;
  const written = textOf(target);
  let statement = statementOf(target);
  for (;;) {
    const siblings = statement.parent?.children ?? [];
    for (const next of siblings.slice(siblings.indexOf(statement) + 1)) {
      if (appendsTo(next, written)) return true;
      if ([...walkOwn(next)].some(({ kind }) => waysOut.test(kind))) return false;
    }
    // What follows the if that the cut stands in, but not what follows a loop.
    let outer = statement.parent;
    while (outer !== undefined && /^(block|statement_list)$/.test(outer.kind)) outer = outer.parent;
    if (outer?.kind !== 'if_statement') return false;
    statement = statementOf(outer);
  }
}

const waysOut = /^(return|break|continue|goto)_statement$/;

function appendsTo(statement: Syntax, written: string): boolean {
  if (statement.kind !== 'assignment_statement') return false;
  const [target] = part(statement, 'left')?.children ?? [];
  const [value] = part(statement, 'right')?.children ?? [];
  if (target === undefined || value?.kind !== 'call_expression' || textOf(target) !== written) return false;
  const [first, second] = argumentsOf(value);
  const isAppend = textOf(part(value, 'function') ?? value) === 'append';
  // `append(s, more...)` may append none.
  return isAppend && first !== undefined && second !== undefined && textOf(first) === written && !isSpread(value);
}

const isSpread = (call: Syntax): boolean => /\.\.\.\s*,?\s*\)$/.test(textOf(call));

/** `s[:len(s)-1]`; `s[:max-1]` behind `len(s) == max`; `append(s[:i], s[i+1:]...)`. */
function leavesOne(target: Syntax, value: Syntax): boolean {
  const slice = dense(target);
  if (value.kind === 'call_expression') {
    const [head, tail] = argumentsOf(value).map(dense);
    const cutAt = head?.startsWith(`${slice}[:`) ? head.slice(slice.length + 2, -1) : undefined;
    return cutAt !== undefined && tail?.replace(/\.\.\.$/, '') === `${slice}[${cutAt}+1:]`;
  }
  const end = part(value, 'end');
  const kept = /^(.+)-1$/.exec(end === undefined ? '' : dense(end))?.[1];
  if (value.kind !== 'slice_expression' || kept === undefined) return false;
  if (kept === `len(${slice})`) return true;
  const check = around(target, 'if_statement');
  const condition = check === undefined ? undefined : part(check, 'condition');
  return condition !== undefined && [`len(${slice})==${kept}`, `len(${slice})>=${kept}`].includes(dense(condition));
}

const dense = (node: Syntax): string => textOf(node).replace(/\s+/g, '');
