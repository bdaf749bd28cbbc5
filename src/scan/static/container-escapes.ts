// May code that is not read take entries out of a container? It may when the container itself, not its entries, gets
// out: by its exported name, by a return, by its address, by a variable or field elsewhere.
import type { Place } from '../places.ts';
import { part, type Syntax, textOf } from '../syntax.ts';
import { calleeOf } from '../types.ts';
import type { PackageFacts } from './package-facts.ts';

/** Packages that read what they are given. */
const readers =
  /^(fmt|encoding\/\w+|log|log\/slog|reflect|strings|bytes|slices|sort|maps|errors|html\/template|text\/template)\./;

export function escapes(facts: PackageFacts, place: Place, uses: readonly Syntax[]): boolean {
  const isMain = facts.package.name === 'main';
  const name = place.kind === 'variable' ? place.binding.name : place.field;
  const owner = place.kind === 'field' ? (place.owner?.declaration.name ?? '') : '';
  const isExported = /^\p{Lu}/u.test(name) && (owner === '' || /^\p{Lu}/u.test(owner));
  if (isExported && !isMain) return true;
  return uses.some((use) => getsOut(facts, use));
}

function getsOut(facts: PackageFacts, use: Syntax): boolean {
  const parent = use.parent;
  switch (parent?.kind) {
    case 'unary_expression':
      return textOf(parent).startsWith('&') && parent.parent?.kind !== 'argument_list';
    case 'return_statement':
    case 'send_statement':
    case 'literal_element':
    case 'keyed_element':
      return true;
    case 'variadic_argument':
      return false;
    case 'slice_expression':
      return getsOut(facts, parent);
    case 'argument_list': {
      const call = parent.parent;
      if (call?.kind !== 'call_expression') return false;
      const callee = calleeOf(facts.program, call);
      if (callee.kind === 'builtin') return callee.name === 'append' && parent.children[0] !== use;
      if (callee.kind === 'library') return !readers.test(callee.path);
      // Functions of the package are followed into by who asks for operations.
      return callee.kind !== 'function' && callee.kind !== 'conversion';
    }
    case 'expression_list': {
      const statement = parent.parent;
      if (statement?.kind === 'return_statement') return true;
      if (parent.field !== 'right' || statement?.kind !== 'assignment_statement') return false;
      const target = part(statement, 'left')?.children[parent.children.indexOf(use)];
      return target !== undefined && textOf(target) !== '_' && target.kind !== 'identifier';
    }
    default:
      return false;
  }
}
