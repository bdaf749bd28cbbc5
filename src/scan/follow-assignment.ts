// A value is assigned: to a variable that is followed on, or into a field, map or slice that keeps it.
import type { KeepKind } from '../model/source-facts.ts';
import { argumentsOf, calledName } from './calls.ts';
import { parameterAt } from './container-operations.ts';
import { samePlace } from './places.ts';
import type { Program } from './program.ts';
import { loopAround, part, type Syntax, statementOf, textOf, unparenthesised, walkOwn } from './syntax.ts';
import { type FollowContext, leave, type Step, type Trail } from './trail.ts';
import { isScalar, underlying } from './type-refs.ts';
import { calleeOf, typeOf } from './types.ts';

/** How far up a chain of callers an object is followed that was handed down all the way. */
const maxCallers = 8;
/** How many functions may stand between the assignment and the one that wraps. */
const mostWrappers = 3;

/** `value` is the right side as written; undefined when the value is the key of the map entry that is set. */
export function assign(
  context: FollowContext,
  target: Syntax,
  value: Syntax | undefined,
  trail: Trail,
): readonly Step[] {
  const { program, places, keeps } = context;
  const node = unparenthesised(target);
  const appended = value !== undefined && isAppend(context, value);
  if (value?.kind === 'slice_expression' && textOf(part(value, 'operand') ?? value) === textOf(node)) return [];
  if (node.kind === 'identifier') {
    if (textOf(node) === '_') return [];
    const binding = program.bindingOf(program.fileOf(node), node);
    if (binding === undefined) return [];
    if (binding.kind === 'package') {
      keeps.add(appended ? 'append' : 'global-assign', node, node, trail);
      return [];
    }
    // `s = append(s, v)` of an alias or a local slice: it keeps v as long as it lives itself.
    const keep = appended ? keeps.add('append', node, node, trail) : undefined;
    const onward = keep === undefined ? trail : { ...trail, inside: [...(trail.inside ?? []), keep] };
    const steps: Step[] = [{ kind: 'variable', binding, trail: onward }];
    if (binding.kind === 'result') steps.push(...leave(context, node, onward));
    return steps;
  }
  if (node.kind === 'selector_expression') {
    const kind: KeepKind = appended ? 'append' : 'field-assign';
    const keep = keeps.add(kind, node, node, trail);
    const field = textOf(part(node, 'field') ?? node);
    return intoHolder(context, node, { ...trail, path: [field, ...trail.path] }, keep);
  }
  if (node.kind === 'index_expression') {
    const container = part(node, 'operand');
    if (container === undefined) return [];
    if (value !== undefined && isScalar(program, typeOf(program, node))) return [];
    const type = typeOf(program, container);
    const isMap = type === undefined || underlying(program, type).text.startsWith('map[');
    const keep = keeps.add(isMap ? 'map-assign' : 'index-assign', node, container, trail);
    const place = places.placeOf(container);
    const path = place?.kind === 'field' ? [place.field, '[]', ...trail.path] : ['[]', ...trail.path];
    return intoHolder(context, container, { ...trail, path }, keep);
  }
  if (node.kind === 'unary_expression') {
    const pointer = part(node, 'operand');
    const keep = keeps.add('field-assign', node, pointer ?? node, trail);
    return pointer === undefined ? [] : intoHolder(context, pointer, trail, keep);
  }
  return [];
}

/** On to what holds the container: a local object, or the object that the caller passed. */
function intoHolder(context: FollowContext, container: Syntax, trail: Trail, keep: number): readonly Step[] {
  const root = context.places.rootOf(container);
  const onward: Trail = { ...trail, inside: [...(trail.inside ?? []), keep] };
  if (root === undefined || root.kind === 'package') return [];
  if (root.kind === 'local' || root.kind === 'result') return [{ kind: 'variable', binding: root, trail: onward }];
  return toArgument(context, root.declaration, root.kind === 'receiver', onward);
}

/** The object itself got larger (`buf.Write`, `fmt.Fprintf(buf, …)`): whoever has it now has more. */
export function intoObject(context: FollowContext, expression: Syntax, trail: Trail): readonly Step[] {
  const { places, keeps } = context;
  const node = unparenthesised(expression);
  if (node.kind === 'unary_expression') {
    const operand = part(node, 'operand');
    return operand === undefined ? [] : intoObject(context, operand, trail);
  }
  const root = places.rootOf(node);
  // A buffer that lives on is a slice that is appended to.
  const type = typeOf(context.program, node)?.text ?? '';
  const kind: KeepKind = /^\*?(bytes\.Buffer|strings\.Builder)$/.test(type) ? 'append' : 'field-assign';
  if (root === undefined || root.kind === 'package') {
    keeps.add(kind, node, node, trail);
    return [];
  }
  const place = places.placeOf(node);
  const onward = place?.kind === 'field' ? { ...trail, path: [place.field, ...trail.path] } : trail;
  if (root.kind === 'local' || root.kind === 'result') return [{ kind: 'variable', binding: root, trail: onward }];
  if (place?.kind === 'field') {
    const keep = keeps.add(kind, node, node, trail);
    return intoHolder(context, node, onward, keep);
  }
  return toArgument(context, root.declaration, root.kind === 'receiver', onward);
}

/** A parameter now holds the value, so what the caller passed for it does. */
function toArgument(context: FollowContext, parameter: Syntax, isReceiver: boolean, trail: Trail): readonly Step[] {
  if (trail.calls === 'nowhere' || trail.depth > maxCallers) return [];
  const caller = trail.calls === undefined ? context.callerOf(trail.frame) : undefined;
  if (caller?.direct === false) return [];
  const call = trail.calls?.call ?? caller?.call;
  const next: Trail =
    trail.calls === undefined
      ? { ...trail, frame: caller?.frame ?? trail.frame, depth: trail.depth + 1 }
      : { ...trail, calls: trail.calls.outer.calls, frame: trail.calls.outer.frame, depth: trail.depth + 1 };
  if (call === undefined) return [];
  const passed = isReceiver
    ? part(part(call, 'function') ?? call, 'operand')
    : argumentsOf(call)[indexOfParameter(parameter)];
  if (passed === undefined) return [];
  const root = context.places.rootOf(passed);
  if (root === undefined || root.kind === 'package') return [];
  const place = context.places.placeOf(passed);
  const onward = place?.kind === 'field' ? { ...next, path: [place.field, ...next.path] } : next;
  return root.kind === 'local' || root.kind === 'result'
    ? [{ kind: 'variable', binding: root, trail: onward }]
    : toArgument(context, root.declaration, root.kind === 'receiver', onward);
}

function indexOfParameter(parameter: Syntax): number {
  let index = 0;
  for (const declaration of parameter.parent?.parent?.children ?? []) {
    for (const child of declaration.children) {
      if (child.field !== 'name') continue;
      if (child === parameter) return index;
      index++;
    }
  }
  return 0;
}

function isAppend({ program }: FollowContext, value: Syntax): boolean {
  const call = unparenthesised(value);
  if (call.kind !== 'call_expression') return false;
  const callee = calleeOf(program, call);
  return (
    (callee.kind === 'builtin' && callee.name === 'append') ||
    (callee.kind === 'library' && callee.path === 'slices.Insert')
  );
}

/**
 * The new value refers to the old one: `head = &node{next: head}`, `ctx = context.WithValue(ctx, k, v)`,
 * `n.next = l.head; l.head = n`. In a local variable only when it happens again and again.
 */
export function isLinked(context: FollowContext, target: Syntax, value: Syntax): boolean {
  const { program, places } = context;
  const node = unparenthesised(target);
  const place = places.placeOf(node);
  const written = textOf(node);
  if (place === undefined || node.kind === 'index_expression') return false;
  const shortLived = place.kind === 'variable' && place.binding.kind !== 'package';
  if (
    shortLived &&
    loopAround(value) === undefined &&
    program.functionAround(place.binding.declaration) === program.functionAround(value)
  )
    return false;
  const expression = unparenthesised(value);
  if (expression.kind === 'identifier') return linksBefore(context, expression, written);
  for (const inner of walkOwn(expression)) {
    if (inner === expression || textOf(inner) !== written || !samePlace(places.placeOf(inner), place)) continue;
    const parent = inner.parent;
    if (parent?.kind === 'literal_element') return true;
    const call = parent?.parent;
    if (call === expression && call.kind === 'call_expression' && returnsWrapped(program, call, inner, 0)) return true;
  }
  return false;
}

const wraps = /^(With|Wrap|Push|Chain|Join)/;

/** The call's result refers to this argument: by its name, because contexts always do, or because its source shows it. */
function returnsWrapped(program: Program, call: Syntax, argument: Syntax, depth: number): boolean {
  if (wraps.test(calledName(call))) return true;
  if (typeOf(program, argument)?.text === 'context.Context') return true;
  const callee = calleeOf(program, call);
  if (callee.kind !== 'function' || depth > mostWrappers) return false;
  const index = argumentsOf(call).indexOf(argument);
  return callee.functions.some((fn) => {
    const parameter = parameterAt(program, fn.node, index);
    return parameter?.uses.some((use) => {
      const parent = use.parent;
      const statement = statementOf(use);
      if (statement.kind !== 'return_statement') return false;
      if (parent?.kind === 'literal_element') return true;
      const inner = parent?.kind === 'argument_list' ? parent.parent : undefined;
      return inner?.kind === 'call_expression' && returnsWrapped(program, inner, use, depth + 1);
    });
  });
}

/** `n.next = l.head` somewhere in the function, before `l.head = n`. */
function linksBefore({ program }: FollowContext, value: Syntax, written: string): boolean {
  const fn = program.functionAround(value);
  if (fn === undefined) return false;
  const name = textOf(value);
  for (const statement of walkOwn(fn.body)) {
    if (statement.kind !== 'assignment_statement') continue;
    const left = part(statement, 'left')?.children ?? [];
    const right = part(statement, 'right')?.children ?? [];
    if (
      left.some((side, index) => {
        const operand = part(side, 'operand');
        return (
          side.kind === 'selector_expression' &&
          textOf(operand ?? side) === name &&
          textOf(right[index] ?? side) === written
        );
      })
    )
      return true;
  }
  // `n := &node{next: l.head}`
  const binding = program.bindingOf(program.fileOf(value), value);
  const init = binding?.init;
  if (init === undefined) return false;
  for (const inner of walkOwn(init)) {
    if (inner !== init && inner.parent?.kind === 'literal_element' && textOf(inner) === written) return true;
  }
  return false;
}
