// What one use of a container does to it, when it takes something out or makes it small again: `delete(m, k)`,
// `s = s[1:]`, `clear(m)`, `q.Remove(e)`, `<-ch`.
import type { ContainerOperation } from '../model/source-facts.ts';
import type { Binding } from './bindings.ts';
import { argumentsOf, calledName } from './calls.ts';
import type { Program } from './program.ts';
import { around, part, type Syntax, textOf, unparenthesised } from './syntax.ts';
import { underlying } from './type-refs.ts';
import { calleeOf, typeOf } from './types.ts';

export interface Operation {
  readonly kind: ContainerOperation['kind'];
  readonly node: Syntax;
}

const removing =
  /^(Delete|LoadAndDelete|CompareAndDelete|Remove|Evict|Pop|Dequeue|Unregister|Unsubscribe|Deregister|DeleteLabelValues|Expire|Prune)/;
const clearing = /^(Clear|Reset|Init|Truncate|Purge|Flush|RemoveAll|DeleteAll)$/;

export function operationsOnUse(
  program: Program,
  use: Syntax,
  operationsOnParameter: (parameter: Binding) => readonly Operation[],
): readonly Operation[] {
  const found: Operation[] = [];
  const add = (kind: Operation['kind'], node: Syntax): void => {
    found.push({ kind, node });
  };
  const node = outerParentheses(use);
  const parent = node.parent;
  if (parent === undefined) return found;

  if (
    parent.kind === 'argument_list' ||
    (parent.kind === 'unary_expression' && parent.parent?.kind === 'argument_list')
  ) {
    const argument = parent.kind === 'argument_list' ? node : parent;
    const call = argument.parent?.parent;
    if (call?.kind === 'call_expression') ofCall(program, call, argument, operationsOnParameter, add);
  }
  if (parent.kind === 'unary_expression' && textOf(parent).startsWith('<-')) add('receive', parent);
  if (parent.kind === 'range_clause' && part(parent, 'right') === node && isChannel(program, node))
    add('receive', parent);
  if (parent.kind === 'selector_expression' && part(parent, 'operand') === node) {
    const call = parent.parent;
    if (call?.kind === 'call_expression' && part(call, 'function') === parent) {
      const name = calledName(call);
      if (clearing.test(name)) add('clear', call);
      else if (removing.test(name)) add('delete', call);
    }
  }
  if (parent.kind === 'index_expression' && part(parent, 'operand') === node) {
    const value = assignedTo(parent);
    if (value !== undefined && isZero(value)) add('nil-slot', parent);
  }
  const value = assignedTo(node);
  if (value !== undefined) ofAssignment(program, node, value, add);
  return found;
}

function ofCall(
  program: Program,
  call: Syntax,
  argument: Syntax,
  operationsOnParameter: (parameter: Binding) => readonly Operation[],
  add: (kind: Operation['kind'], node: Syntax) => void,
): void {
  const index = argumentsOf(call).indexOf(argument);
  const callee = calleeOf(program, call);
  if (callee.kind === 'builtin' && index === 0) {
    if (callee.name === 'delete') add('delete', call);
    if (callee.name === 'clear') add('clear', call);
    if (callee.name === 'close') add('close', call);
  } else if (callee.kind === 'library') {
    if (/^(container\/heap|slices|maps)\.(Pop|Remove|Delete)/.test(callee.path)) add('delete', call);
    if (/\.(Stop|Unsubscribe|Unregister|Remove\w*|Ignore|Reset)$/.test(callee.path)) add('unregister', call);
  } else if (callee.kind === 'library-method') {
    if (/^(Unsubscribe|Unregister|Remove|Off[A-Z]?|Stop|Deregister)/.test(callee.name)) add('unregister', call);
  } else if (callee.kind === 'function') {
    for (const fn of callee.functions) {
      const parameter = parameterAt(program, fn.node, index);
      if (parameter === undefined) continue;
      if (
        operationsOnParameter(parameter).some((operation) => operation.kind !== 'close' && operation.kind !== 'receive')
      )
        add('delete', call);
    }
  }
}

function ofAssignment(
  program: Program,
  place: Syntax,
  value: Syntax,
  add: (kind: Operation['kind'], node: Syntax) => void,
): void {
  const written = textOf(place);
  const plain = unparenthesised(value);
  if (plain.kind === 'slice_expression' && textOf(part(plain, 'operand') ?? plain) === written) {
    const start = part(plain, 'start');
    const end = part(plain, 'end');
    if (end !== undefined && textOf(end) === '0') add('truncate', place);
    else if (end !== undefined) add('reslice-tail', place);
    else if (start !== undefined && textOf(start) !== '0') add('reslice-head', place);
    return;
  }
  if (plain.kind === 'call_expression') {
    const callee = calleeOf(program, plain);
    const first = argumentsOf(plain)[0];
    const cut = first === undefined ? undefined : unparenthesised(first);
    const cutsItself = cut?.kind === 'slice_expression' && textOf(part(cut, 'operand') ?? cut) === written;
    if (callee.kind === 'builtin' && callee.name === 'append') {
      // s = append(s[:i], s[i+1:]...): one out; s = append(s[:0], …): all out
      const end = cutsItself ? part(cut, 'end') : undefined;
      if (end !== undefined) add(textOf(end) === '0' ? 'truncate' : 'delete', place);
      return;
    }
    if (callee.kind === 'library' && /^slices\.(Delete|DeleteFunc|Compact\w*)$/.test(callee.path)) {
      add('delete', place);
      return;
    }
  }
  if ((isZero(plain) || isFresh(program, plain)) && !isFirstFill(program, place)) add('clear', place);
}

/** The expression that is assigned to this one, if it stands on the left. */
export function assignedTo(node: Syntax): Syntax | undefined {
  const list = node.parent;
  if (list?.kind !== 'expression_list' || list.field !== 'left' || list.parent?.kind !== 'assignment_statement')
    return undefined;
  const operator = part(list.parent, 'operator');
  if (operator !== undefined && textOf(operator) !== '=') return undefined;
  return part(list.parent, 'right')?.children[list.children.indexOf(node)];
}

function isZero(node: Syntax): boolean {
  return /^(nil|""|0|false|\w+\{\})$/.test(textOf(node));
}

function isFresh(program: Program, node: Syntax): boolean {
  if (node.kind === 'composite_literal') return true;
  const callee = node.kind === 'call_expression' ? calleeOf(program, node) : undefined;
  return callee?.kind === 'builtin' && (callee.name === 'make' || callee.name === 'new');
}

/** A constructor fills its new object, and `if c.m == nil { c.m = … }` fills it once: nothing is taken out. */
function isFirstFill(program: Program, place: Syntax): boolean {
  const condition = around(place, 'if_statement', 'func_literal', 'function_declaration', 'method_declaration');
  if (condition?.kind === 'if_statement') {
    const test = textOf(part(condition, 'condition') ?? condition);
    if (test.includes(`${textOf(place)} == nil`) || test.includes(`len(${textOf(place)}) == 0`)) return true;
  }
  const operand = part(place, 'operand');
  if (operand?.kind !== 'identifier') return false;
  const base = program.bindingOf(program.fileOf(operand), operand);
  if (base?.kind !== 'local' || base.init === undefined) return false;
  return (
    /^(&?\w|new\()/.test(textOf(base.init)) && (base.init.kind === 'unary_expression' || isFresh(program, base.init))
  );
}

export function parameterAt(program: Program, fn: Syntax, index: number): Binding | undefined {
  const names = (part(fn, 'parameters')?.children ?? []).flatMap((declaration) =>
    declaration.children.filter((child) => child.field === 'name'),
  );
  const name = names[Math.min(index, names.length - 1)];
  return name === undefined ? undefined : program.bindingOf(program.fileOf(name), name);
}

function isChannel(program: Program, node: Syntax): boolean {
  const type = typeOf(program, node);
  return type !== undefined && /^(<-\s*)?chan\b/.test(underlying(program, type).text);
}

function outerParentheses(node: Syntax): Syntax {
  let at = node;
  while (at.parent?.kind === 'parenthesized_expression') at = at.parent;
  return at;
}
