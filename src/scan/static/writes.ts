// What is written into a variable or field, of all the places that name it.
import { part, type Syntax, textOf } from '../syntax.ts';

/**
 * The values as written. `unknown` when someone else may write (`&x`, `x[:]`, a method of it), when one is computed from
 * the old one (`x += 2`), comes from a call with several results, or goes into a part of it (`x.n = 1`).
 */
export function writesTo(uses: readonly Syntax[]): readonly Syntax[] | 'unknown' {
  const values: Syntax[] = [];
  for (const use of uses) {
    const whole = withItsParts(use);
    const parent = whole.parent;
    if (parent?.kind === 'slice_expression' && whole.field === 'operand') return 'unknown';
    if (parent?.kind === 'unary_expression' && textOf(parent).startsWith('&')) return 'unknown';
    const isCounted = parent?.kind === 'inc_statement' || parent?.kind === 'dec_statement';
    const isOnTheLeft = parent?.kind === 'expression_list' && parent.field === 'left';
    const isMethodCall = whole !== use && whole.field === 'function' && parent?.kind === 'call_expression';
    if (whole !== use && (isCounted || isOnTheLeft || isMethodCall)) return 'unknown';
    if (isCounted) values.push(parent);
    if (!isOnTheLeft) continue;
    const value = assignedBy(parent, use);
    if (value === undefined) return 'unknown';
    values.push(value);
  }
  return values;
}

/** `x.pos[0]` of x. */
function withItsParts(use: Syntax): Syntax {
  let at = use;
  while (at.field === 'operand' && /^(selector|index)_expression$/.test(at.parent?.kind ?? '')) at = at.parent ?? at;
  return at;
}

function assignedBy(left: Syntax, use: Syntax): Syntax | undefined {
  const statement = left.parent;
  const right = statement === undefined ? undefined : part(statement, 'right');
  const operator = statement === undefined ? undefined : part(statement, 'operator');
  if (operator !== undefined && textOf(operator) !== '=') return undefined;
  return right?.children.length === left.children.length ? right.children[left.children.indexOf(use)] : undefined;
}
