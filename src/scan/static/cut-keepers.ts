// Where does a part that was cut end up? Followed forwards: through variables, into functions of the package and out of
// them, to an insert into a container that lives long, or a field of one of many objects that do.
import type { Binding } from '../bindings.ts';
import { argumentsOf } from '../calls.ts';
import { parameterAt } from '../container-operations.ts';
import { part, type Syntax, textOf } from '../syntax.ts';
import { namedOf } from '../type-refs.ts';
import { calleeOf, typeOf } from '../types.ts';
import { callsOf } from './cut-origins.ts';
import { longLivedTypes } from './long-lived-types.ts';
import type { PackageFacts } from './package-facts.ts';

export interface Keeper {
  readonly name: string;
  readonly at: Syntax;
}

const mostSteps = 60;

export function keeperOf(facts: PackageFacts, cut: Syntax): Keeper | undefined {
  const seen = new Set<Syntax | Binding>();
  const queue: Syntax[] = [cut];
  for (let step = 0; step < mostSteps; step++) {
    const node = queue.pop();
    if (node === undefined) return undefined;
    if (seen.has(node)) continue;
    seen.add(node);
    const insert = insertOf(facts, node);
    if (insert !== undefined) return insert;
    const next = stepFrom(facts, node);
    if ('keeper' in next) return next.keeper;
    if (next.binding !== undefined) {
      if (seen.has(next.binding)) continue;
      seen.add(next.binding);
      queue.push(...next.binding.uses.filter((use) => use !== next.at));
    }
    queue.push(...(next.nodes ?? []));
  }
  return undefined;
}

type Step =
  | { readonly keeper: Keeper }
  | { readonly binding?: Binding; readonly at?: Syntax; readonly nodes?: readonly Syntax[] };

const wrappers = new Set([
  'parenthesized_expression',
  'literal_element',
  'keyed_element',
  'literal_value',
  'composite_literal',
]);

function stepFrom(facts: PackageFacts, node: Syntax): Step {
  const parent = node.parent;
  if (parent === undefined) return {};
  if (wrappers.has(parent.kind)) return { nodes: [parent] };
  if (parent.kind === 'unary_expression' && textOf(parent).startsWith('&')) return { nodes: [parent] };
  if (parent.kind === 'argument_list') return intoFunction(facts, parent, node);
  if (parent.kind === 'return_statement') return { nodes: results(facts, parent, 0) };
  if (parent.kind !== 'expression_list') return {};
  const index = parent.children.indexOf(node);
  const statement = parent.parent;
  if (statement?.kind === 'return_statement') return { nodes: results(facts, statement, index) };
  if (parent.field !== 'right' || statement === undefined) return {};
  const target = part(statement, 'left')?.children[index];
  return target === undefined ? {} : intoTarget(facts, target);
}

function intoTarget(facts: PackageFacts, target: Syntax): Step {
  if (target.kind === 'selector_expression') {
    const keeper = fieldOfMany(facts, target);
    return keeper === undefined ? {} : { keeper };
  }
  if (target.kind !== 'identifier') return {};
  const binding = facts.program.bindingOf(facts.program.fileOf(target), target);
  // Assigned again, it is another value: `line = strings.Clone(line)`.
  if (binding === undefined || binding.kind !== 'local' || isReassigned(binding, target)) return {};
  return { binding, at: target };
}

const isReassigned = (binding: Binding, by: Syntax): boolean =>
  [binding.declaration, ...binding.uses].some(
    (use) =>
      use !== by && use.parent?.kind === 'expression_list' && use.parent.field === 'left' && use.start > by.start,
  );

function intoFunction(facts: PackageFacts, list: Syntax, argument: Syntax): Step {
  const call = list.parent;
  if (call?.kind !== 'call_expression') return {};
  const callee = calleeOf(facts.program, call);
  if (callee.kind === 'conversion') {
    // A string of bytes is a copy, and the other way round.
    return /^(string|\[\]byte)$/.test(callee.type) ? {} : { nodes: [call] };
  }
  if (callee.kind !== 'function' || callee.functions.length !== 1) return {};
  const binding = parameterAt(facts.program, callee.functions[0]!.node, argumentsOf(call).indexOf(argument));
  return binding === undefined || isReassigned(binding, binding.declaration)
    ? {}
    : { binding, at: binding.declaration };
}

/** The calls that get this return's value; of several results the variable that takes it. */
function results(facts: PackageFacts, statement: Syntax, index: number): readonly Syntax[] {
  const fn = facts.functionOf(statement);
  if (fn === undefined || fn.name === '') return [];
  return callsOf(facts, fn).flatMap((call): readonly Syntax[] => {
    const list = call.parent;
    const targets =
      list?.kind === 'expression_list' && list.parent !== undefined ? part(list.parent, 'left')?.children : undefined;
    if (targets === undefined || targets.length < 2 || list?.children.length !== 1) return index === 0 ? [call] : [];
    const target = targets[index];
    if (target?.kind !== 'identifier') return [];
    const binding = facts.program.bindingOf(facts.program.fileOf(target), target);
    return binding === undefined || isReassigned(binding, target) ? [] : binding.uses.filter((use) => use !== target);
  });
}

/** The value of an insert into a long-lived container that is not emptied soon. */
function insertOf(facts: PackageFacts, value: Syntax): Keeper | undefined {
  for (const container of facts.containers()) {
    if (container.operations.some(({ kind }) => kind === 'truncate' || kind === 'clear')) continue;
    for (const insert of container.inserts) {
      const values = insert.node.kind === 'call_expression' ? argumentsOf(insert.node) : [];
      const isKept =
        insert.value === value ||
        (container.shape === 'map' && insert.key === value) ||
        (values.includes(value) && values[0] !== value);
      if (isKept) return { name: container.name, at: insert.node };
    }
  }
  return undefined;
}

/** One object that keeps one whole is no leak; each of many objects is. */
function fieldOfMany(facts: PackageFacts, target: Syntax): Keeper | undefined {
  const operand = part(target, 'operand');
  const type = operand === undefined ? undefined : typeOf(facts.program, operand);
  const named = type === undefined ? undefined : namedOf(facts.program, type);
  if (named === undefined || named.package !== facts.package) return undefined;
  if (longLivedTypes(facts).get(named.declaration.name) !== 'many') return undefined;
  return {
    name: `${named.package.name}.${named.declaration.name}.${textOf(part(target, 'field') ?? target)}`,
    at: target,
  };
}
