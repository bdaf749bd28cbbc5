// References that a function makes between its own variables, and whether they lead back to where they began.
import type { Binding } from '../bindings.ts';
import type { GoFunction } from '../go-function.ts';
import type { Program } from '../program.ts';
import { part, type Syntax, textOf, unparenthesised, walkOwn } from '../syntax.ts';

export interface Link {
  readonly from: Binding;
  readonly to: Binding;
  readonly at: Syntax;
}

/** References that this function makes between its own variables, followed from the object back to itself. */
export function linkBack(links: readonly Link[], start: Binding): Syntax | undefined {
  const seen = new Set<Binding>([start]);
  const queue: Binding[] = [start];
  for (let at = queue.pop(); at !== undefined; at = queue.pop()) {
    for (const link of links) {
      if (link.from !== at) continue;
      if (link.to === start) return link.at;
      if (seen.has(link.to)) continue;
      seen.add(link.to);
      queue.push(link.to);
    }
  }
  return undefined;
}

/** `a.f = b`, `a := &T{f: b}`: a refers to b. */
export function linksIn(program: Program, fn: GoFunction): readonly Link[] {
  const found: Link[] = [];
  const file = fn.file;
  const bindingAt = (node: Syntax): Binding | undefined =>
    node.kind === 'identifier' ? program.bindingOf(file, node) : undefined;
  for (const node of walkOwn(fn.body)) {
    if (node.kind !== 'assignment_statement' && node.kind !== 'short_var_declaration') continue;
    const targets = part(node, 'left')?.children ?? [];
    const values = part(node, 'right')?.children ?? [];
    targets.forEach((target, index) => {
      const value = values[index];
      const base = target.kind === 'selector_expression' ? part(target, 'operand') : target;
      const from = base === undefined ? undefined : bindingAt(base);
      if (from === undefined || value === undefined) return;
      for (const inner of heldBy(value, target.kind === 'selector_expression')) {
        const to = bindingAt(inner);
        if (to !== undefined && to.kind !== 'package') found.push({ from, to, at: node });
      }
    });
  }
  return found;
}

/** Identifiers that a value holds as they are: itself, or elements of a literal. */
function heldBy(value: Syntax, isField: boolean): readonly Syntax[] {
  const node = unparenthesised(value);
  if (node.kind === 'identifier') return isField ? [node] : [];
  const literal = node.kind === 'unary_expression' && textOf(node).startsWith('&') ? part(node, 'operand') : node;
  if (literal?.kind !== 'composite_literal') return [];
  return (part(literal, 'body')?.children ?? []).flatMap((element) => {
    const inner = element.kind === 'keyed_element' ? element.children[1] : element;
    const held = inner?.kind === 'literal_element' ? inner.children[0] : inner;
    return held?.kind === 'identifier' ? [held] : [];
  });
}
