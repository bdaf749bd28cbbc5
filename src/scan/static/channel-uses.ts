// Everything a package does with one channel: a variable, a field by its type, or what is behind a parameter.
import type { Binding } from '../bindings.ts';
import { argumentsOf, calledName } from '../calls.ts';
import { parameterAt } from '../container-operations.ts';
import type { Place } from '../places.ts';
import { part, type Syntax, textOf } from '../syntax.ts';
import { namedOf } from '../type-refs.ts';
import { calleeOf } from '../types.ts';
import type { PackageFacts } from './package-facts.ts';

export interface ChannelUses {
  /** Send statements. */
  readonly sends: readonly Syntax[];
  /** Receive expressions and range clauses. */
  readonly receives: readonly Syntax[];
  readonly closes: readonly Syntax[];
  /** `make` calls that it gets. */
  readonly makes: readonly Syntax[];
  /** Known capacity; undefined when it is not a number in the source, or differs. */
  readonly roomFor: number | undefined;
  /** It goes where the package does not show what happens: returned, stored elsewhere, passed to a library, exported. */
  readonly escapes: boolean;
}

const maxDepth = 4;

/** Undefined when it is not known which channel the expression means. */
export function channelUses(facts: PackageFacts, expression: Syntax): ChannelUses | undefined {
  const place = facts.places.placeOf(expression);
  return place === undefined ? undefined : usesOfPlace(facts, place);
}

interface Gathered {
  readonly sends: Syntax[];
  readonly receives: Syntax[];
  readonly closes: Syntax[];
  readonly makes: Syntax[];
  escapes: boolean;
}

function usesOfPlace(facts: PackageFacts, place: Place): ChannelUses {
  const gathered: Gathered = { sends: [], receives: [], closes: [], makes: [], escapes: false };
  const seen = new Set<Binding | string>();
  gather(facts, place, gathered, seen, 0);
  const capacities = new Set(gathered.makes.map(capacityOf));
  const [only] = capacities;
  return { ...gathered, roomFor: capacities.size === 1 ? only : undefined };
}

function gather(facts: PackageFacts, place: Place, found: Gathered, seen: Set<Binding | string>, depth: number): void {
  const key = place.kind === 'variable' ? place.binding : `${place.owner?.declaration.name ?? '?'}.${place.field}`;
  if (seen.has(key)) return;
  seen.add(key);
  if (depth > maxDepth || isVisibleOutside(facts, place)) found.escapes = true;
  for (const use of facts.places.usesOf(place)) addUse(facts, use, found, seen, depth);
  if (place.kind === 'field') addFilled(facts, place, found, seen, depth);
  if (place.kind !== 'variable' || place.binding.kind !== 'parameter') return;
  const passed = argumentsFor(facts, place.binding);
  if (passed.length === 0) found.escapes = true;
  for (const argument of passed) {
    const outer = facts.places.placeOf(argument);
    if (outer === undefined) found.escapes = true;
    else gather(facts, outer, found, seen, depth + 1);
  }
}

/** What calls in this package pass for a parameter. */
function argumentsFor(facts: PackageFacts, parameter: Binding): readonly Syntax[] {
  const fn = facts.functionOf(parameter.declaration);
  if (fn === undefined) return [];
  const own = fn.node.parent;
  const calls = fn.name !== '' ? facts.callsNamed(fn.name) : own?.kind === 'call_expression' ? [own] : [];
  return calls.flatMap((call) => {
    const callee = calleeOf(facts.program, call);
    const isCalled =
      (callee.kind === 'function' && callee.functions.includes(fn)) ||
      (callee.kind === 'literal' && callee.literal === fn.node);
    if (!isCalled) return [];
    return argumentsOf(call)
      .filter((_, index) => parameterAt(facts.program, fn.node, index) === parameter)
      .slice(0, 1);
  });
}

/** Exported names, and what a function gets from callers of other packages. */
function isVisibleOutside(facts: PackageFacts, place: Place): boolean {
  if (facts.package.name === 'main') return false;
  if (place.kind === 'field') return place.owner === undefined || /^[A-Z]/.test(place.field);
  const { binding } = place;
  if (binding.kind === 'package') return /^[A-Z]/.test(binding.name);
  if (binding.kind === 'receiver' || binding.kind === 'result') return true;
  if (binding.kind !== 'parameter') return false;
  const fn = facts.functionOf(binding.declaration);
  return fn === undefined || (fn.name !== '' && /^[A-Z]/.test(fn.name));
}

function addUse(facts: PackageFacts, use: Syntax, found: Gathered, seen: Set<Binding | string>, depth: number): void {
  let at = use;
  while (at.parent?.kind === 'parenthesized_expression') at = at.parent;
  const parent = at.parent;
  switch (parent?.kind) {
    case 'send_statement':
      if (part(parent, 'channel') === at) found.sends.push(parent);
      else found.escapes = true;
      return;
    case 'unary_expression':
      if (textOf(parent).startsWith('<-')) found.receives.push(parent);
      else found.escapes = true;
      return;
    case 'range_clause':
      found.receives.push(parent);
      return;
    case 'binary_expression':
    case 'index_expression':
      // Elements of a slice of channels are many channels.
      if (parent.kind === 'index_expression') found.escapes = true;
      return;
    case 'expression_list':
      return assigned(facts, at, parent, found, seen, depth);
    case 'var_spec':
      // `var c = make(chan int)`: its own name, or `var c chan int`.
      if (at.field === 'name') {
        const value = part(parent, 'value')?.children[0];
        if (value !== undefined) addValue(facts, value, found, seen, depth);
        return;
      }
      found.escapes = true;
      return;
    case 'parameter_declaration':
      return;
    case 'literal_element':
      return intoLiteral(facts, parent, found, seen, depth);
    case 'argument_list':
      return passedOn(facts, at, parent, found, seen, depth);
    default:
      found.escapes = true;
  }
}

function assigned(
  facts: PackageFacts,
  at: Syntax,
  list: Syntax,
  found: Gathered,
  seen: Set<Binding | string>,
  depth: number,
): void {
  const statement = list.parent;
  if (statement === undefined || statement.kind === 'return_statement') {
    found.escapes = true;
    return;
  }
  const index = list.children.indexOf(at);
  if (list.field === 'left') {
    const value = part(statement, 'right')?.children[index];
    if (value === undefined) found.escapes = true;
    else addValue(facts, value, found, seen, depth);
    return;
  }
  const target = part(statement, 'left')?.children[index];
  const place = target === undefined ? undefined : facts.places.placeOf(target);
  if (place === undefined) found.escapes = target === undefined || textOf(target) !== '_' || found.escapes;
  else gather(facts, place, found, seen, depth + 1);
}

/** What the channel is set to: a new one, or that of another place, whose uses are its uses, too. */
function addValue(
  facts: PackageFacts,
  value: Syntax,
  found: Gathered,
  seen: Set<Binding | string>,
  depth: number,
): void {
  if (value.kind === 'nil') return;
  if (value.kind === 'call_expression' && calledName(value) === 'make') {
    found.makes.push(value);
    return;
  }
  const isPlain = value.kind === 'identifier' || value.kind === 'selector_expression';
  const place = isPlain ? facts.places.placeOf(value) : undefined;
  if (place === undefined) found.escapes = true;
  else gather(facts, place, found, seen, depth + 1);
}

function passedOn(
  facts: PackageFacts,
  at: Syntax,
  list: Syntax,
  found: Gathered,
  seen: Set<Binding | string>,
  depth: number,
): void {
  const call = list.parent;
  if (call?.kind !== 'call_expression') {
    found.escapes = true;
    return;
  }
  const callee = calleeOf(facts.program, call);
  if (callee.kind === 'builtin') {
    if (callee.name === 'close') found.closes.push(call);
    else if (!/^(len|cap)$/.test(callee.name)) found.escapes = true;
    return;
  }
  const literal =
    callee.kind === 'literal'
      ? callee.literal
      : callee.kind === 'function' && callee.functions.length === 1
        ? callee.functions[0]!.node
        : undefined;
  const parameter =
    literal === undefined ? undefined : parameterAt(facts.program, literal, argumentsOf(call).indexOf(at));
  if (parameter === undefined || depth >= maxDepth || (parameter.typeText ?? '').startsWith('[]')) {
    found.escapes = true;
    return;
  }
  if (seen.has(parameter)) return;
  seen.add(parameter);
  for (const use of parameter.uses) addUse(facts, use, found, seen, depth + 1);
}

/** `&T{field: c}`: the field's uses are c's. */
function intoLiteral(
  facts: PackageFacts,
  element: Syntax,
  found: Gathered,
  seen: Set<Binding | string>,
  depth: number,
): void {
  const keyed = element.parent;
  const literal = keyed?.parent?.parent;
  const key = keyed?.kind === 'keyed_element' && keyed.children[1] === element ? keyed.children[0] : undefined;
  const type = literal?.kind === 'composite_literal' ? part(literal, 'type') : undefined;
  const owner =
    type === undefined
      ? undefined
      : namedOf(facts.program, { file: facts.program.fileOf(element), text: textOf(type) });
  if (key === undefined || owner === undefined) found.escapes = true;
  else gather(facts, { kind: 'field', owner, field: textOf(key), base: element }, found, seen, depth + 1);
}

/** `&T{field: make(chan int)}`: by the name of the type and the field. */
function addFilled(
  facts: PackageFacts,
  place: Extract<Place, { kind: 'field' }>,
  found: Gathered,
  seen: Set<Binding | string>,
  depth: number,
): void {
  for (const literal of facts.nodes('composite_literal')) {
    const type = part(literal, 'type');
    if (type === undefined || textOf(type).replace(/\[.*$/s, '') !== place.owner?.declaration.name) continue;
    const elements = part(literal, 'body')?.children ?? [];
    for (const element of elements) {
      if (element.kind !== 'keyed_element') {
        found.escapes = true; // by position: which field is which is not asked
        return;
      }
      const [key, value] = element.children;
      if (key === undefined || value === undefined || textOf(key) !== place.field) continue;
      const inner = value.kind === 'literal_element' ? value.children[0] : value;
      if (inner === undefined) continue;
      addValue(facts, inner, found, seen, depth);
    }
  }
}

function capacityOf(make: Syntax): number | undefined {
  const capacity = argumentsOf(make)[1];
  if (capacity === undefined) return 0;
  return capacity.kind === 'int_literal' ? Number(textOf(capacity).replaceAll('_', '')) : undefined;
}
