// Follows what a variable holds within its function: is it released, handed on, or neither? For memory and mappings that
// only an explicit call gives back.
import type { Binding } from '../bindings.ts';
import { argumentsOf } from '../calls.ts';
import type { GoFunction } from '../go-function.ts';
import { around, contains, part, type Syntax, statementOf, textOf, unparenthesised, walkOwn } from '../syntax.ts';
import { calleeOf } from '../types.ts';
import type { PackageFacts } from './package-facts.ts';

export type Fate =
  | { readonly kind: 'released'; readonly calls: readonly Syntax[] }
  /** Returned, stored, captured or given to code that may release it. */
  | { readonly kind: 'handed-on'; readonly at: Syntax }
  | { readonly kind: 'dropped' };

export interface ReleaseWords {
  /** The call gives back what its argument holds. */
  isRelease(facts: PackageFacts, call: Syntax): boolean;
  /** A call that only looks at its argument; all others may keep it. */
  onlyReads(facts: PackageFacts, call: Syntax): boolean;
}

/** What becomes of the value of this expression. */
export function fateOf(facts: PackageFacts, value: Syntax, words: ReleaseWords): Fate {
  const releases: Syntax[] = [];
  const seen = new Set<Binding>();
  const queue: Syntax[] = [value];
  for (let node = queue.pop(); node !== undefined; node = queue.pop()) {
    const step = stepFrom(facts, node, words);
    if (step.kind === 'handed-on') return { kind: 'handed-on', at: node };
    if (step.kind === 'released') releases.push(step.call);
    if (step.kind === 'value') queue.push(step.node);
    if (step.kind !== 'variable' || seen.has(step.binding)) continue;
    seen.add(step.binding);
    queue.push(...step.binding.uses.filter((use) => use !== step.at));
  }
  return releases.length > 0 ? { kind: 'released', calls: releases } : { kind: 'dropped' };
}

type Step =
  | { readonly kind: 'value'; readonly node: Syntax }
  | { readonly kind: 'variable'; readonly binding: Binding; readonly at: Syntax }
  | { readonly kind: 'released'; readonly call: Syntax }
  | { readonly kind: 'handed-on' }
  | { readonly kind: 'nothing' };

const nothing: Step = { kind: 'nothing' };
const handedOn: Step = { kind: 'handed-on' };

function stepFrom(facts: PackageFacts, node: Syntax, words: ReleaseWords): Step {
  const parent = node.parent;
  switch (parent?.kind) {
    case 'parenthesized_expression':
    case 'type_conversion_expression':
    case 'slice_expression':
      return { kind: 'value', node: parent };
    case 'unary_expression':
      // `&p` may be filled or read by anyone; `*p` is what it points to.
      return textOf(parent).startsWith('&') ? handedOn : nothing;
    case 'argument_list': {
      const call = parent.parent;
      if (call === undefined) return handedOn;
      if (words.isRelease(facts, call)) return { kind: 'released', call };
      const callee = calleeOf(facts.program, call);
      const isConversion = callee.kind === 'conversion' || textOf(part(call, 'function') ?? call) === 'unsafe.Pointer';
      const isPointerType =
        /^\(?\*?\*?C\.\w+\)?$/.test(textOf(part(call, 'function') ?? call)) && argumentsOf(call).length === 1;
      if (isConversion || (isPointerType && textOf(part(call, 'function') ?? call).startsWith('(')))
        return { kind: 'value', node: call };
      if (callee.kind === 'builtin' && /^(len|cap|print|println|copy|clear)$/.test(callee.name)) return nothing;
      return words.onlyReads(facts, call) ? nothing : handedOn;
    }
    case 'expression_list': {
      const statement = parent.parent;
      if (parent.field === 'left') return nothing;
      const target =
        statement === undefined ? undefined : part(statement, 'left')?.children[parent.children.indexOf(node)];
      return target === undefined ? handedOn : intoTarget(facts, target);
    }
    case 'var_spec':
    case 'literal_element':
    case 'keyed_element':
    case 'return_statement':
    case 'send_statement':
    case 'func_literal':
      return handedOn;
    case 'selector_expression': {
      // `p.field` reads it; `m.Unmap()` may release it.
      const call =
        parent.parent?.kind === 'call_expression' && part(parent.parent, 'function') === parent
          ? parent.parent
          : undefined;
      if (call === undefined) return nothing;
      return words.isRelease(facts, call) ? { kind: 'released', call } : nothing;
    }
    default:
      return nothing;
  }
}

function intoTarget(facts: PackageFacts, target: Syntax): Step {
  const plain = unparenthesised(target);
  if (plain.kind !== 'identifier') return handedOn;
  if (textOf(plain) === '_') return nothing;
  const binding = facts.program.bindingOf(facts.program.fileOf(plain), plain);
  if (binding === undefined || binding.kind !== 'local') return handedOn;
  return { kind: 'variable', binding, at: plain };
}

/** A return after the value is there and before anything has released it. */
export function returnWithout(fn: GoFunction, from: Syntax, releases: readonly Syntax[]): Syntax | undefined {
  if (releases.some((release) => around(release, 'defer_statement', 'func_literal') !== undefined)) return undefined;
  const last = Math.max(...releases.map((release) => release.start));
  const own = statementOf(from);
  for (const node of walkOwn(fn.body)) {
    if (node.kind !== 'return_statement' || node.start < from.end || node.start > last) continue;
    const isReleased = releases.some((release) => release.start < node.start && contains(blockOf(release), node));
    // `if p == nil { return }`, `if err != nil { return }` right behind it: there is nothing to release.
    const check = around(node, 'if_statement');
    const test = check === undefined ? undefined : part(check, 'condition');
    const isOwnCheck =
      check !== undefined &&
      (contains(check, own) || (test !== undefined && /\bnil\b/.test(textOf(test)) && isNext(own, check)));
    if (!isReleased && !isOwnCheck) return node;
  }
  return undefined;
}

const blockOf = (node: Syntax): Syntax => statementOf(node).parent ?? node;

function isNext(statement: Syntax, next: Syntax): boolean {
  const siblings = statement.parent?.children ?? [];
  return siblings[siblings.indexOf(statement) + 1] === next;
}

/** Runs once a program, as far as names tell. */
export function runsOnce(fn: GoFunction | undefined): boolean {
  if (fn === undefined) return true;
  let outer = fn;
  while (outer.outer !== undefined) outer = outer.outer;
  return (
    outer.receiverType === undefined &&
    (outer.name === 'main' || outer.name === 'init' || outer.name === 'TestMain' || outer.name === '')
  );
}
