// Statements in a loop that run once, whatever the number of rounds.
import { around, contains, part, type Syntax, textOf, walk, walkOwn } from '../syntax.ts';

/** Behind a flag that the same branch sets, or in a case of a select that has nothing to do with what was received. */
export function isOnceOnly(statement: Syntax, loop: Syntax): boolean {
  const branch = around(statement, 'if_statement', 'communication_case', 'for_statement');
  if (branch === undefined || branch === loop || !contains(loop, branch)) return false;
  if (branch.kind === 'if_statement') {
    const condition = part(branch, 'condition');
    const names =
      condition === undefined ? [] : [...walk(condition)].filter((node) => node.kind === 'identifier').map(textOf);
    return [...walkOwn(branch)].some(
      (node) => node.kind === 'identifier' && node.parent?.field === 'left' && names.includes(textOf(node)),
    );
  }
  if (branch.kind !== 'communication_case') return false;
  const received = part(part(branch, 'communication') ?? branch, 'left');
  const names = received === undefined ? [] : received.children.map(textOf);
  return !names.some((name) => name !== '_' && usesForDefer(statement, branch, name));
}

/** The deferred call is on the received value, or on something made from it. */
function usesForDefer(statement: Syntax, branch: Syntax, name: string): boolean {
  const mentions = (node: Syntax): boolean => new RegExp(`\\b${name}\\b`).test(textOf(node));
  if (mentions(statement)) return true;
  const used = new Set([...walk(statement)].filter((node) => node.kind === 'identifier').map(textOf));
  return [...walkOwn(branch)].some(
    (node) =>
      node.kind === 'short_var_declaration' &&
      node.start < statement.start &&
      (part(node, 'left')?.children.some((target) => used.has(textOf(target))) ?? false) &&
      mentions(part(node, 'right') ?? node),
  );
}
