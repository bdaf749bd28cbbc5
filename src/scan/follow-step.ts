// One step of following a value: where does it go from this expression, or from this variable? Knows Go's syntax; what
// library calls do stands in `library-calls.ts`.
import type { Binding } from './bindings.ts';
import { argumentsOf } from './calls.ts';
import { assign, isLinked } from './follow-assignment.ts';
import { followArgument, followMethodCall } from './follow-call.ts';
import { allocatingCall } from './library-calls.ts';
import { argumentsFor } from './passed-arguments.ts';
import { part, type Syntax, statementOf, textOf } from './syntax.ts';
import { type FollowContext, leave, type Step, type Trail, through } from './trail.ts';
import { isScalar, namedOf, underlying } from './type-refs.ts';
import { calleeOf, typeOf } from './types.ts';

const maxDepth = 10;
/** `list = &node{next: list}` would be followed for ever. */
const maxPath = 8;

export function followStep(context: FollowContext, step: Step): readonly Step[] {
  if (step.trail.depth > maxDepth || step.trail.path.length > maxPath) return [];
  return step.kind === 'variable'
    ? followVariable(context, step.binding, step.trail)
    : followValue(context, step.node, step.trail);
}

function followVariable(context: FollowContext, binding: Binding, trail: Trail): readonly Step[] {
  const { program } = context;
  keptByItsMaker(context, binding, trail);
  const owner = program.functionAround(binding.declaration);
  const steps: Step[] = [];
  const literals = new Set<Syntax>();
  for (const use of binding.uses) {
    if (isOnlyTarget(use)) continue;
    const fn = program.functionAround(use);
    if (fn === owner) {
      steps.push({ kind: 'value', node: use, trail });
      continue;
    }
    // Captured: what the closure does with it, and what becomes of the closure itself.
    steps.push({ kind: 'value', node: use, trail: { ...trail, calls: 'nowhere' } });
    let literal = fn;
    while (literal?.outer !== undefined && literal.outer !== owner) literal = literal.outer;
    if (literal !== undefined) literals.add(literal.node);
  }
  for (const literal of literals)
    steps.push({ kind: 'value', node: literal, trail: { ...through(trail, 'wrapped', program, literal), path: [] } });
  return steps;
}

/** `ctx, _ := context.WithCancel(parent)`: whatever hangs on ctx hangs on its parent, from the start. */
function keptByItsMaker({ program, keeps }: FollowContext, binding: Binding, trail: Trail): void {
  const { init } = binding;
  if (init?.kind !== 'call_expression' || binding.index !== 0) return;
  const callee = calleeOf(program, init);
  const known = callee.kind === 'library' ? allocatingCall(callee.path) : undefined;
  if (known?.keep === 'context-child') keeps.add(known.keep, init, argumentsOf(init)[0], trail);
}

/** `x` in `x = …`, which puts something else into it. */
function isOnlyTarget(use: Syntax): boolean {
  const list = use.parent;
  return list?.kind === 'expression_list' && list.field === 'left';
}

function followValue(context: FollowContext, node: Syntax, trail: Trail): readonly Step[] {
  const { program, keeps } = context;
  const parent = node.parent;
  if (parent === undefined) return [];
  const onward = (at: Syntax, next: Trail = trail): readonly Step[] => [{ kind: 'value', node: at, trail: next }];
  switch (parent.kind) {
    case 'parenthesized_expression':
    case 'type_assertion_expression':
    case 'variadic_argument':
      return onward(parent);
    case 'type_conversion_expression': {
      const type = part(parent, 'type');
      return type !== undefined && /^(string|\[\](byte|rune))$/.test(textOf(type)) ? [] : onward(parent);
    }
    case 'unary_expression': {
      const operator = textOf(parent).charAt(0);
      return operator === '&' || operator === '*' ? onward(parent) : [];
    }
    case 'literal_element':
    case 'keyed_element':
    case 'literal_value':
      return intoLiteral(context, node, trail);
    case 'expression_list':
      return fromList(context, node, parent, trail);
    case 'return_statement':
      return leave(context, node, trail);
    case 'argument_list':
      return followArgument(context, node, trail);
    case 'call_expression':
      if (part(parent, 'function') !== node) return [];
      return calledValue(context, parent, node, trail);
    case 'selector_expression':
      return fromSelector(context, node, parent, trail);
    case 'index_expression': {
      if (part(parent, 'operand') === node) return fromElement(context, parent, trail);
      // As a key, `m[v] = x`, it is kept by the map.
      const list = parent.parent;
      const container = part(parent, 'operand');
      const assigned = list?.kind === 'expression_list' && list.field === 'left';
      if (container === undefined || !(assigned || list?.kind === 'inc_statement')) return [];
      if (isScalar(program, typeOf(program, node))) return [];
      return assign(context, parent, undefined, trail);
    }
    case 'slice_expression': {
      if (part(parent, 'operand') !== node) return [];
      const start = part(parent, 'start');
      const end = part(parent, 'end');
      const whole = end === undefined && (start === undefined || textOf(start) === '0');
      const type = typeOf(program, node);
      const isString = type !== undefined && underlying(program, type).text === 'string';
      const kind = trail.path[0] === '[]' ? 'lost-elements' : isString ? 'substring' : 'subslice';
      const emptied = end !== undefined && textOf(end) === '0';
      return onward(parent, whole || emptied ? trail : through(trail, kind, program, parent));
    }
    case 'receive_statement': {
      const target = part(parent, 'left')?.children[0];
      return target === undefined ? [] : assign(context, target, node, trail);
    }
    case 'type_switch_statement': {
      if (part(parent, 'value') !== node) return [];
      const alias = part(parent, 'alias')?.children[0];
      const binding = alias === undefined ? undefined : program.bindingOf(program.fileOf(alias), alias);
      return binding === undefined ? [] : [{ kind: 'variable', binding, trail }];
    }
    case 'send_statement': {
      const channel = part(parent, 'channel');
      if (channel === undefined || part(parent, 'value') !== node) return [];
      const keep = keeps.add('channel-send', parent, channel, trail);
      return received(context, channel, { ...trail, calls: 'nowhere', inside: [...(trail.inside ?? []), keep] });
    }
    case 'range_clause': {
      if (part(parent, 'right') !== node) return [];
      const names = part(parent, 'left')?.children ?? [];
      return names.flatMap((name): Step[] => {
        const binding = name.kind === 'identifier' ? program.bindingOf(program.fileOf(name), name) : undefined;
        if (binding === undefined || isScalar(program, typeOf(program, name))) return [];
        const inner = elementTrail(trail);
        return inner === undefined ? [] : [{ kind: 'variable', binding, trail: inner }];
      });
    }
    case 'go_statement':
    case 'defer_statement':
      return [];
    default:
      return [];
  }
}

/** `x[i]`, and `&x[i]`, which keeps all of x. */
function fromElement({ program }: FollowContext, element: Syntax, trail: Trail): readonly Step[] {
  const address = element.parent;
  if (trail.path.length === 0 && address?.kind === 'unary_expression' && textOf(address).startsWith('&'))
    return [{ kind: 'value', node: address, trail: through(trail, 'element-pointer', program, address) }];
  const inner = elementTrail(trail);
  if (inner === undefined || isScalar(program, typeOf(program, element))) return [];
  return [{ kind: 'value', node: element, trail: inner }];
}

/** Of an element of what is followed; undefined when the value is the collection and not in it. */
function elementTrail(trail: Trail): Trail | undefined {
  const [first, ...rest] = trail.path;
  if (first === '[]' || first === '?') return { ...trail, path: rest };
  return first === undefined && trail.opaque ? trail : undefined;
}

/** An element of a composite literal: the literal holds it, under a key or a field. */
function intoLiteral({ program }: FollowContext, node: Syntax, trail: Trail): readonly Step[] {
  let at: Syntax = node;
  let key: Syntax | undefined;
  while (at.parent !== undefined && at.kind !== 'literal_value') {
    if (at.parent.kind === 'keyed_element') {
      const [first, second] = at.parent.children;
      if (second === at) key = first;
    }
    at = at.parent;
  }
  const literal = at.parent;
  if (literal === undefined) return [];
  const field = key === undefined ? undefined : textOf(key);
  const written = literal.kind === 'composite_literal' ? textOf(part(literal, 'type') ?? literal) : '[]';
  const step = /^(map)?\[/.test(written) ? '[]' : field !== undefined && /^\w+$/.test(field) ? field : '?';
  const wrapped = through(trail, 'wrapped', program, literal);
  // In a nested literal without a type of its own (`[]point{{x}}`) the outer one is what is followed.
  return [
    {
      kind: 'value',
      node: literal,
      trail: { ...wrapped, path: [step, ...trail.path] },
    },
  ];
}

function fromList(context: FollowContext, node: Syntax, list: Syntax, trail: Trail): readonly Step[] {
  const statement = list.parent;
  const index = list.children.indexOf(node);
  if (statement === undefined) return [];
  if (statement.kind === 'return_statement') return leave(context, node, trail, index);
  if (list.field === 'left') return [];
  if (statement.kind === 'var_spec') {
    const names = statement.children.filter((child) => child.field === 'name');
    return assignTo(context, names, list, index, node, trail);
  }
  const left = part(statement, 'left');
  if (left === undefined) return [];
  const targets = left.kind === 'expression_list' ? left.children : [left];
  return assignTo(context, targets, list, index, node, trail);
}

function assignTo(
  context: FollowContext,
  targets: readonly Syntax[],
  list: Syntax,
  index: number,
  node: Syntax,
  trail: Trail,
): readonly Step[] {
  // `v, err := f()`: one call, several targets.
  const spread = list.children.length === 1 && targets.length > 1;
  const target = targets[spread ? (trail.result ?? 0) : index];
  if (target === undefined) return [];
  const { result: _result, ...rest } = trail;
  if (isLinked(context, target, node)) context.keeps.add('linked', target, target, trail);
  return assign(context, target, node, rest);
}

/** The value is what is called, or its method is: `v()`, `go func() {…}()`. */
function calledValue(context: FollowContext, call: Syntax, node: Syntax, trail: Trail): readonly Step[] {
  const statement = call.parent;
  if (node.kind !== 'func_literal') return [];
  if (statement?.kind === 'go_statement') context.keeps.add('goroutine-capture', statement, undefined, trail);
  if (statement?.kind === 'defer_statement') context.keeps.add('defer-closure', statement, undefined, trail);
  return [];
}

function fromSelector(context: FollowContext, node: Syntax, selector: Syntax, trail: Trail): readonly Step[] {
  if (part(selector, 'operand') !== node) return [];
  const field = textOf(part(selector, 'field') ?? selector);
  const call = selector.parent;
  if (call?.kind === 'call_expression' && part(call, 'function') === selector) {
    if (call.parent?.kind === 'defer_statement') context.keeps.add('defer-closure', call.parent, undefined, trail);
    return followMethodCall(context, call, trail);
  }
  const target = isTargetList(selector);
  if (target) return [];
  // A method value, `onChange(v.update)`, holds its receiver.
  if (isMethodOf(context, node, field))
    return [
      { kind: 'value', node: selector, trail: { ...through(trail, 'wrapped', context.program, selector), path: [] } },
    ];
  const [first, ...rest] = trail.path;
  if (first === field || first === '?') return [{ kind: 'value', node: selector, trail: { ...trail, path: rest } }];
  if (trail.path.length > 0 || !trail.opaque) return [];
  return [{ kind: 'value', node: selector, trail: through(trail, 'field', context.program, selector) }];
}

function isMethodOf({ program }: FollowContext, operand: Syntax, name: string): boolean {
  const type = typeOf(program, operand);
  const named = type === undefined ? undefined : namedOf(program, type);
  return named?.package.functions.some((fn) => fn.name === name && fn.receiverType === named.declaration.name) ?? false;
}

function isTargetList(node: Syntax): boolean {
  const list = statementOf(node).children[0];
  return node.parent === list && list?.field === 'left';
}

/** What comes out at the other end of a channel. */
function received(context: FollowContext, channel: Syntax, trail: Trail): readonly Step[] {
  const { program, places } = context;
  const place = places.placeOf(channel);
  if (place === undefined) return [];
  const handedIn = place.kind === 'variable' && place.binding.kind === 'parameter' ? argumentsFor(program, place) : [];
  const all = [place, ...handedIn.flatMap((passed) => places.placeOf(passed) ?? [])];
  return all
    .flatMap((one) => places.operationsOn(one))
    .flatMap((operation): readonly Step[] => {
      if (operation.kind !== 'receive') return [];
      if (operation.node.kind !== 'range_clause') return [{ kind: 'value', node: operation.node, trail }];
      const name = part(operation.node, 'left')?.children[0];
      const binding = name === undefined ? undefined : program.bindingOf(program.fileOf(name), name);
      return binding === undefined ? [] : [{ kind: 'variable', binding, trail }];
    });
}
