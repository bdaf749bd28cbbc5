// How many different values can an expression have, at most? A map whose keys come from a fixed set (`n % 16`, an index of
// a loop to a constant, one of four names) stops growing when it has seen them all. Followed through variables, callers and
// fields of the package; what is not known is undefined, never small.
import type { Binding } from '../bindings.ts';
import { argumentsOf } from '../calls.ts';
import { around, part, type Syntax, textOf, unparenthesised, walkOwn } from '../syntax.ts';
import { calleeOf } from '../types.ts';
import { numberOf } from './cut-origins.ts';
import type { PackageFacts } from './package-facts.ts';
import { writesTo } from './writes.ts';

/** A map with so many entries is a table, not a leak. */
const mostOfATable = 1 << 16;
/** Expressions that one answer may look at. */
const mostSteps = 200;

export function hasFewValues(facts: PackageFacts, expression: Syntax): boolean {
  const count = countOf({ facts, path: [], steps: { left: mostSteps } }, expression);
  return count !== undefined && count <= mostOfATable;
}

interface Search {
  readonly facts: PackageFacts;
  /** What is being counted: who meets itself again is not counted. */
  readonly path: readonly (Binding | string)[];
  readonly steps: { left: number };
}

type Count = number | undefined;

function countOf(search: Search, expression: Syntax): Count {
  const node = unparenthesised(expression);
  if (search.steps.left-- <= 0) return undefined;
  switch (node.kind) {
    case 'true':
    case 'false':
    case 'nil':
      return 1;
    case 'unary_expression':
      return /^[-+^!]/.test(textOf(node)) ? ofAll(search, [part(node, 'operand')]) : undefined;
    case 'binary_expression':
      return ofBinary(search, node);
    case 'composite_literal':
      return ofAll(search, elementsOf(node));
    case 'identifier':
      return ofName(search, node);
    case 'selector_expression':
      return ofField(search, node);
    case 'index_expression':
      return ofList(search, part(node, 'operand'));
    case 'type_conversion_expression':
      return ofAll(search, [part(node, 'operand')]);
    case 'call_expression':
      return ofCall(search, node);
    default:
      return /_literal$/.test(node.kind) && node.kind !== 'func_literal' ? 1 : undefined;
  }
}

/** Of something made from all of these: each with each. */
function ofAll(search: Search, nodes: readonly (Syntax | undefined)[]): Count {
  let product = 1;
  for (const node of nodes) {
    const count = node === undefined ? undefined : countOf(search, node);
    if (count === undefined) return undefined;
    product *= count;
  }
  return product;
}

/** Of something that is one of these. */
function ofAny(search: Search, nodes: readonly (Syntax | undefined)[]): Count {
  let sum = 0;
  for (const node of nodes) {
    const count = node === undefined ? undefined : countOf(search, node);
    if (count === undefined) return undefined;
    sum += count;
  }
  return sum;
}

function ofBinary(search: Search, node: Syntax): Count {
  const [left, right] = [part(node, 'left'), part(node, 'right')];
  const operator = textOf(part(node, 'operator') ?? node);
  if (/^(==|!=|<|>|<=|>=|&&|\|\|)$/.test(operator)) return 2;
  const limit = right === undefined ? undefined : constantNumber(search, right);
  if (operator === '%' && limit !== undefined) return limit;
  if (operator === '&' && limit !== undefined) return limit + 1;
  return ofAll(search, [left, right]);
}

function constantNumber({ facts }: Search, node: Syntax): Count {
  const plain = unparenthesised(node);
  if (plain.kind === 'identifier' && facts.program.bindingOf(facts.program.fileOf(plain), plain) !== undefined)
    return undefined;
  return numberOf(facts, plain);
}

function ofName(search: Search, name: Syntax): Count {
  const { facts, path } = search;
  const binding = facts.program.bindingOf(facts.program.fileOf(name), name);
  // A name that no scope declares as a variable is a constant (or a function).
  if (binding === undefined) return 1;
  if (path.includes(binding)) return undefined;
  const next = { ...search, path: [...path, binding] };
  const writes = writesTo(binding.uses);
  if (writes === 'unknown') return undefined;
  if (binding.kind === 'package') return writes.length === 0 && !/^[A-Z]/.test(binding.name) ? 1 : undefined;
  const clause = around(binding.declaration, 'for_clause', 'block');
  if (clause?.kind === 'for_clause') return roundsOf(search, binding, clause, writes);
  if (binding.given === 'range') return writes.length === 0 ? ofRange(next, binding) : undefined;
  if (binding.kind === 'parameter') return sumOf(ofParameter(next, binding), ofAny(next, writes));
  if (binding.kind !== 'local' || binding.index !== 0 || binding.given === 'type-switch') return undefined;
  if (writes.length === 0 && isSetOnce(facts, binding)) return 1;
  const first =
    binding.init === undefined ? (binding.typeText === undefined ? undefined : 1) : countOf(next, binding.init);
  return sumOf(first, ofAny(next, writes));
}

const sumOf = (a: Count, b: Count): Count => (a === undefined || b === undefined ? undefined : a + b);

/** A variable of main itself, outside of its loops. */
function isSetOnce(facts: PackageFacts, { declaration }: Binding): boolean {
  const fn = facts.functionOf(declaration);
  if (fn === undefined || fn.outer !== undefined || fn.receiverType !== undefined) return false;
  return (fn.name === 'main' || fn.name === 'init') && around(declaration, 'for_statement') === undefined;
}

/** `for i := 0; i < 40; i++`, with nothing else that writes i. */
function roundsOf(search: Search, binding: Binding, clause: Syntax, writes: readonly unknown[]): Count {
  const condition = part(clause, 'condition');
  const update = part(clause, 'update');
  const limit = condition === undefined ? undefined : part(condition, 'right');
  if (condition?.kind !== 'binary_expression' || update?.kind !== 'inc_statement' || limit === undefined)
    return undefined;
  if (textOf(part(condition, 'left') ?? condition) !== binding.name || writes.length > 1) return undefined;
  if (binding.init?.kind !== 'int_literal') return undefined;
  const rounds = constantNumber(search, limit);
  const operator = textOf(part(condition, 'operator') ?? condition);
  if (rounds === undefined || !/^(<|<=)$/.test(operator)) return undefined;
  return operator === '<=' ? rounds + 1 : rounds;
}

function ofRange(search: Search, { init, index }: Binding): Count {
  if (init === undefined) return undefined;
  const number = constantNumber(search, init);
  if (number !== undefined) return number;
  const list = fixedList(search, init);
  if (list === undefined) return undefined;
  return index === 0 ? elementsOf(list).length : ofAny(search, elementsOf(list));
}

/** One of the elements of a list that the source writes out. */
function ofList(search: Search, operand: Syntax | undefined): Count {
  const list = operand === undefined ? undefined : fixedList(search, operand);
  return list === undefined ? undefined : ofAny(search, elementsOf(list));
}

/** The literal itself, or that of a variable which nothing writes to. */
function fixedList({ facts }: Search, expression: Syntax): Syntax | undefined {
  const node = unparenthesised(expression);
  if (node.kind === 'composite_literal') return /^(\[|map\[)/.test(textOf(node)) ? node : undefined;
  const binding = node.kind === 'identifier' ? facts.program.bindingOf(facts.program.fileOf(node), node) : undefined;
  if (binding?.init?.kind !== 'composite_literal' || binding.given !== 'value') return undefined;
  if (binding.kind === 'package' && /^[A-Z]/.test(binding.name)) return undefined;
  const writes = writesTo(binding.uses);
  const isList = /^(\[|map\[)/.test(textOf(binding.init));
  return isList && writes !== 'unknown' && writes.length === 0 ? binding.init : undefined;
}

function elementsOf(literal: Syntax): readonly Syntax[] {
  return (part(literal, 'body')?.children ?? []).flatMap((element) => {
    const value = element.kind === 'keyed_element' ? element.children[1] : element;
    const inner = value?.kind === 'literal_element' ? value.children[0] : value;
    return inner === undefined ? [] : [inner];
  });
}

/** What the callers give. Only where all of them are seen. */
function ofParameter(search: Search, { declaration }: Binding): Count {
  const { facts } = search;
  const fn = facts.functionOf(declaration);
  const list = around(declaration, 'parameter_list');
  if (fn === undefined || list === undefined || list.children.some(({ kind }) => /^variadic/.test(kind)))
    return undefined;
  const names = list.children.flatMap((parameter) => parameter.children.filter(({ field }) => field === 'name'));
  const index = names.indexOf(declaration);
  const calls = callsOf(facts, fn);
  if (calls === undefined || index < 0) return undefined;
  // `T.method(t, x)` and `f(g())` have another number of arguments.
  return ofAny(
    search,
    calls.map((call) => (argumentsOf(call).length === names.length ? argumentsOf(call)[index] : undefined)),
  );
}

type FunctionHere = NonNullable<ReturnType<PackageFacts['functionOf']>>;

function callsOf(facts: PackageFacts, fn: FunctionHere): readonly Syntax[] | undefined {
  const isCalled = (node: Syntax): boolean => node.field === 'function' && node.parent?.kind === 'call_expression';
  // `go func(id int) { … }(i)`
  if (fn.node.kind === 'func_literal')
    return isCalled(fn.node) && fn.node.parent !== undefined ? [fn.node.parent] : undefined;
  const isSeenByOthers = /^[A-Z]/.test(fn.name) && (facts.package.name !== 'main' || fn.receiverType !== undefined);
  const uses = facts.mentions(fn.name);
  if (isSeenByOthers || uses.length === 0 || !uses.every(isCalled)) return undefined;
  return uses.flatMap((use) => use.parent ?? []);
}

/** All that the package writes into an unexported field: in literals and by assignments. */
function ofField(search: Search, selector: Syntax): Count {
  const { facts, path } = search;
  const place = facts.places.placeOf(selector);
  if (place?.kind !== 'field' || place.owner?.package !== facts.package || /^[A-Z]/.test(place.field)) return undefined;
  const type = place.owner.declaration;
  const key = `${type.name}.${place.field}`;
  if (path.includes(key) || facts.callsNamed(type.name).length > 0) return undefined;
  const writes = writesTo(facts.places.usesOf(place));
  const literals = literalsOf(facts, type.name);
  if (writes === 'unknown' || literals === undefined) return undefined;
  const given = literals.flatMap((literal) => valuesGiven(literal, [...type.fields.keys()], place.field));
  const next = { ...search, path: [...path, key] };
  // And the zero of those that do not set it.
  return sumOf(1, ofAny(next, [...given, ...writes]));
}

/** What a literal sets this field to: nothing, one value, or (undefined) something that is not clear. */
function valuesGiven(literal: Syntax, fields: readonly string[], field: string): readonly (Syntax | undefined)[] {
  const elements = part(literal, 'body')?.children ?? [];
  const values = elementsOf(literal);
  if (elements[0] === undefined) return [];
  if (elements[0].kind !== 'keyed_element')
    return [values.length === fields.length ? values[fields.indexOf(field)] : undefined];
  const at = elements.findIndex(({ children: [name] }) => name !== undefined && textOf(name) === field);
  return at < 0 ? [] : [values[at]];
}

/** Undefined where lists of them leave their type out (`[]T{{…}}`). */
function literalsOf(facts: PackageFacts, type: string): readonly Syntax[] | undefined {
  const named = new RegExp(`\\b${type}\\b`);
  const literals = facts.nodes('composite_literal').filter((node) => named.test(textOf(part(node, 'type') ?? node)));
  return literals.every((literal) => textOf(part(literal, 'type') ?? literal) === type) ? literals : undefined;
}

/** Text made from few texts, and functions of the package that return one of a few. */
function ofCall(search: Search, call: Syntax): Count {
  const { facts, path } = search;
  const callee = calleeOf(facts.program, call);
  if (callee.kind === 'conversion') return ofAll(search, argumentsOf(call));
  if (callee.kind === 'library')
    return /^(fmt\.Sprint|strconv\.(Itoa|Format|Quote)|strings\.(To|Trim|Repeat|Replace)|path\.Join$)/.test(callee.path)
      ? ofAll(search, argumentsOf(call))
      : undefined;
  const fn = callee.kind === 'function' && callee.functions.length === 1 ? callee.functions[0] : undefined;
  if (fn === undefined || fn.receiverType !== undefined || part(fn.node, 'result')?.kind === 'parameter_list')
    return undefined;
  const key = `${fn.name}()`;
  if (path.includes(key)) return undefined;
  const returned = [...walkOwn(fn.body)].flatMap((node) =>
    node.kind !== 'return_statement'
      ? []
      : [node.children[0]?.kind === 'expression_list' ? node.children[0].children[0] : node.children[0]],
  );
  return ofAny({ ...search, path: [...path, key] }, returned);
}
