// How large is what a part is cut from? Followed backwards from the expression: through variables, parameters to the
// calls of the package, results to the returns of its functions, fields to the literals that fill them.
import { argumentsOf, calledName } from '../calls.ts';
import type { GoFunction } from '../go-function.ts';
import { part, type Syntax, textOf, unparenthesised, walkOwn } from '../syntax.ts';
import { namedOf } from '../type-refs.ts';
import { calleeOf, typeOf } from '../types.ts';
import type { PackageFacts } from './package-facts.ts';

/**
 *   large   read as a whole, or made with a large size, on some way
 *   given   comes from outside the package: of unknown size
 *   small   nothing that counts
 */
export type Origin = 'large' | 'given' | 'small';

/** A cut of less than this is small, a whole of more is large. */
export const smallPart = 1024;
const mostSteps = 40;
const mostCallers = 8;

interface Wanted {
  readonly node: Syntax;
  /** Of several results of a call. */
  readonly index: number;
}

export function originOf(facts: PackageFacts, operand: Syntax): Origin {
  const queue: Wanted[] = [{ node: operand, index: 0 }];
  const seen = new Set<Syntax>();
  let isGiven = false;
  for (let step = 0; step < mostSteps; step++) {
    const next = queue.pop();
    if (next === undefined) break;
    const node = unparenthesised(next.node);
    if (seen.has(node)) continue;
    seen.add(node);
    const before = behind(facts, node, next.index);
    if (before === 'large') return 'large';
    if (before === 'given') isGiven = true;
    else if (before !== 'small') queue.push(...before);
  }
  return isGiven ? 'given' : 'small';
}

function behind(facts: PackageFacts, node: Syntax, index: number): Origin | readonly Wanted[] {
  switch (node.kind) {
    case 'identifier': {
      const binding = facts.program.bindingOf(facts.program.fileOf(node), node);
      if (binding === undefined || binding.kind === 'package') return 'small';
      if (binding.kind === 'parameter') return argumentsFor(facts, binding.declaration);
      if (binding.init === undefined || binding.given === 'type-switch') return 'small';
      if (binding.given === 'range') return binding.index === 1 ? 'given' : 'small';
      return [{ node: binding.init, index: binding.index }];
    }
    case 'slice_expression':
      return [{ node: part(node, 'operand') ?? node, index: 0 }];
    case 'selector_expression':
      return fieldValues(facts, node);
    case 'call_expression':
      return resultOf(facts, node, index);
    default:
      return 'small';
  }
}

/** What callers in the package give for this parameter. */
function argumentsFor(facts: PackageFacts, declaration: Syntax): Origin | readonly Wanted[] {
  const fn = facts.functionOf(declaration);
  const list = fn === undefined ? undefined : part(fn.node, 'parameters');
  const names = (list?.children ?? []).flatMap((one) => one.children.filter((child) => child.field === 'name'));
  const index = names.indexOf(declaration);
  if (fn === undefined || fn.name === '' || index < 0) return 'given';
  const values = callsOf(facts, fn).flatMap((call) => argumentsOf(call)[index] ?? []);
  return values.length === 0 ? 'given' : values.slice(0, mostCallers).map((node) => ({ node, index: 0 }));
}

export function callsOf(facts: PackageFacts, fn: GoFunction): readonly Syntax[] {
  return facts
    .mentions(fn.name)
    .flatMap((use) => (use.field === 'function' && use.parent?.kind === 'call_expression' ? [use.parent] : []));
}

function fieldValues(facts: PackageFacts, selector: Syntax): Origin | readonly Wanted[] {
  const operand = part(selector, 'operand');
  const field = part(selector, 'field');
  const type = operand === undefined ? undefined : typeOf(facts.program, operand);
  const named = type === undefined ? undefined : namedOf(facts.program, type);
  if (field === undefined || named === undefined) return 'small';
  const values = facts.nodes('composite_literal').flatMap((literal) => {
    if (textOf(part(literal, 'type') ?? literal) !== named.declaration.name) return [];
    return (part(literal, 'body')?.children ?? []).flatMap((element) => {
      const [key, value] = element.kind === 'keyed_element' ? element.children : [];
      const inner = value?.kind === 'literal_element' ? value.children[0] : value;
      return key !== undefined && inner !== undefined && textOf(key) === textOf(field) ? [inner] : [];
    });
  });
  return values.slice(0, mostCallers).map((node) => ({ node, index: 0 }));
}

function resultOf(facts: PackageFacts, call: Syntax, index: number): Origin | readonly Wanted[] {
  const text = textOf(part(call, 'function') ?? call);
  const [first, second, third] = argumentsOf(call);
  // A copy of its own: as large as what was copied.
  if ((text === 'string' || text === '[]byte') && first !== undefined) return [{ node: first, index: 0 }];
  if (text === 'make') return isLargeSize(facts, second) || isLargeSize(facts, third) ? 'large' : 'small';
  const callee = calleeOf(facts.program, call);
  if (callee.kind === 'library') {
    if (/^(io|io\/ioutil|os)\.(ReadAll|ReadFile)$/.test(callee.path)) return index === 0 ? 'large' : 'small';
    if (/^(strings|bytes)\.(Trim\w*|Cut\w*)$/.test(callee.path) && first !== undefined)
      return [{ node: first, index: 0 }];
    return 'small';
  }
  if (callee.kind === 'library-method') {
    const isReader = /^\*?(bufio\.(Scanner|Reader)|bytes\.Buffer|strings\.Builder)$/.test(callee.receiverType ?? '');
    return isReader && /^(Text|ReadString|ReadBytes|String|Bytes)$/.test(calledName(call)) ? 'large' : 'small';
  }
  if (callee.kind !== 'function') return 'small';
  return callee.functions.flatMap((fn) =>
    [...walkOwn(fn.body)].flatMap((node): readonly Wanted[] => {
      const list = node.kind === 'return_statement' ? node.children[0] : undefined;
      const value = list?.kind === 'expression_list' ? list.children[index] : list;
      return value === undefined || (list?.kind !== 'expression_list' && index > 0) ? [] : [{ node: value, index: 0 }];
    }),
  );
}

function isLargeSize(facts: PackageFacts, size: Syntax | undefined): boolean {
  const bytes = size === undefined ? undefined : numberOf(facts, size);
  return bytes !== undefined && bytes > smallPart;
}

/** A number as written, or of a constant of the package. */
export function numberOf(facts: PackageFacts, node: Syntax): number | undefined {
  const written = textOf(unparenthesised(node));
  const text = /^\w+$/.test(written) && !/^\d/.test(written) ? constantOf(facts, written) : written;
  if (text === undefined) return undefined;
  const shifted = /^(\d+)\s*<<\s*(\d+)$/.exec(text);
  if (shifted !== null) return Number(shifted[1]) * 2 ** Number(shifted[2]);
  return /^[\d_]+$/.test(text) ? Number(text.replace(/_/g, '')) : undefined;
}

function constantOf(facts: PackageFacts, name: string): string | undefined {
  for (const file of facts.package.files) {
    for (const declaration of file.root.children) {
      if (declaration.kind !== 'const_declaration') continue;
      for (const spec of declaration.children) {
        const declared = part(spec, 'name');
        const value = part(spec, 'value');
        if (declared !== undefined && value !== undefined && textOf(declared) === name) return textOf(value);
      }
    }
  }
  return undefined;
}
