// What happens to a variable that holds something to give back: where it is released, and where it is handed to
// something that may release it later or keep it. What is not understood counts as handed on, so that a rule which finds
// neither may speak.
import type { Binding } from '../bindings.ts';
import { argumentsOf } from '../calls.ts';
import { parameterAt } from '../container-operations.ts';
import type { Program } from '../program.ts';
import type { Acquisition } from '../resources.ts';
import { around, part, type Syntax, textOf } from '../syntax.ts';
import { fieldOf } from '../type-refs.ts';
import { calleeOf, typeOf } from '../types.ts';

export interface Fate {
  readonly releases: readonly Syntax[];
  readonly handedOn: readonly Syntax[];
}

const maxDepth = 3;
/** Functions that read from it or describe it, and whose result does not hold it. */
const onlyUses =
  /^(io\.(Copy|CopyN|CopyBuffer|ReadAll|ReadFull|ReadAtLeast|WriteString)|io\/ioutil\.ReadAll|fmt\.\w+|log\.\w+|errors\.\w+|net\/http\/httputil\.Dump\w+|encoding\/binary\.(Read|Write))$/;
/** The result holds it: who keeps the result keeps it. */
const wraps =
  /^(io\.(LimitReader|TeeReader|MultiReader|MultiWriter|NewSectionReader|NopCloser)|bufio\.New\w+|encoding\/\w+\.New\w+|compress\/\w+\.New\w+|archive\/\w+\.New\w+|net\/textproto\.New\w+)$/;

type Use = 'released' | 'handed-on' | 'used';

export function fateOfVariable(program: Program, binding: Binding, acquisition: Acquisition, depth = 0): Fate {
  const releases: Syntax[] = [];
  const handedOn: Syntax[] = [];
  const home = program.functionAround(binding.declaration);
  for (const use of binding.uses) {
    const found = useOf(program, use, acquisition, depth);
    if (found.use === 'released') releases.push(found.at);
    else if (found.use === 'handed-on' || outlives(use, home?.node)) handedOn.push(use);
  }
  return { releases, handedOn };
}

function useOf(program: Program, use: Syntax, acquisition: Acquisition, depth: number): { use: Use; at: Syntax } {
  let at = use;
  let parent = at.parent;
  const release = acquisition.release;
  if (parent?.kind === 'call_expression' && part(parent, 'function') === at)
    return { use: release.test('()') ? 'released' : 'used', at: parent };
  const { field } = acquisition;
  if (field !== undefined && parent?.kind === 'selector_expression') {
    const name = textOf(part(parent, 'field') ?? parent);
    if (name !== field) return { use: 'used', at };
    at = parent;
    parent = at.parent;
  }
  if (parent?.kind === 'selector_expression' && part(parent, 'operand') === at) {
    const isCall = parent.parent?.kind === 'call_expression' && part(parent.parent, 'function') === parent;
    if (release.test(textOf(part(parent, 'field') ?? parent))) return { use: 'released', at: parent };
    return { use: isCall || isField(program, parent) ? 'used' : 'handed-on', at };
  }
  // Of `resp` itself only the whole is handed on; `resp.Body` is looked at like a variable of its own.
  const inner: Acquisition = at === use ? acquisition : { kind: acquisition.kind, result: acquisition.result, release };
  return handed(program, at, inner, depth);
}

function handed(program: Program, at: Syntax, acquisition: Acquisition, depth: number): { use: Use; at: Syntax } {
  const parent = at.parent;
  switch (parent?.kind) {
    case 'expression_list': {
      const left = parent.parent === undefined ? undefined : part(parent.parent, 'left');
      if (parent === left) return { use: 'used', at };
      // `_ = cancel` only silences the compiler.
      const silences = left !== undefined && parent.parent?.kind === 'assignment_statement' && textOf(left) === '_';
      return { use: silences ? 'used' : 'handed-on', at };
    }
    case 'binary_expression':
    case 'parenthesized_expression':
    case 'expression_statement':
    case 'if_statement':
    case 'range_clause':
      return { use: 'used', at };
    case 'argument_list':
      return asArgument(program, at, parent.parent, acquisition, depth);
    default:
      return { use: 'handed-on', at };
  }
}

function asArgument(
  program: Program,
  at: Syntax,
  call: Syntax | undefined,
  acquisition: Acquisition,
  depth: number,
): { use: Use; at: Syntax } {
  if (call?.kind !== 'call_expression') return { use: 'handed-on', at };
  const callee = calleeOf(program, call);
  if (callee.kind === 'builtin')
    return { use: /^(len|cap|print|println)$/.test(callee.name) ? 'used' : 'handed-on', at };
  if (callee.kind === 'library') {
    if (onlyUses.test(callee.path)) return { use: 'used', at };
    return { use: wraps.test(callee.path) && staysHere(program, call, acquisition, depth) ? 'used' : 'handed-on', at };
  }
  const index = argumentsOf(call).indexOf(at);
  const target = callee.kind === 'function' && callee.functions.length === 1 ? callee.functions[0]!.node : undefined;
  const literal = callee.kind === 'literal' ? callee.literal : target;
  if (literal === undefined || depth >= maxDepth) return { use: 'handed-on', at };
  const parameter = parameterAt(program, literal, index);
  if (parameter === undefined) return { use: 'handed-on', at };
  const fate = fateOfVariable(program, parameter, acquisition, depth + 1);
  if (fate.releases.length > 0) return { use: 'released', at: call };
  return { use: fate.handedOn.length > 0 ? 'handed-on' : 'used', at };
}

/** `json.NewDecoder(body).Decode(&x)`, or a local reader that goes nowhere else. */
function staysHere(program: Program, wrapper: Syntax, acquisition: Acquisition, depth: number): boolean {
  const parent = wrapper.parent;
  if (parent?.kind === 'selector_expression') return parent.parent?.kind === 'call_expression';
  if (parent?.kind === 'argument_list') return handed(program, wrapper, acquisition, depth + 1).use === 'used';
  if (parent?.kind !== 'expression_list' || depth >= maxDepth) return false;
  const declaration = parent.parent;
  const name =
    declaration === undefined ? undefined : part(declaration, 'left')?.children[parent.children.indexOf(wrapper)];
  if (name?.kind !== 'identifier') return false;
  const binding = program.bindingOf(program.fileOf(name), name);
  if (binding?.kind !== 'local') return false;
  const fate = fateOfVariable(program, binding, { kind: acquisition.kind, result: 0, release: /^Close$/ }, depth + 1);
  return fate.handedOn.length === 0 && fate.releases.length === 0;
}

/** `f.Name`: a field's value, not a method that stays bound to f. */
function isField(program: Program, selector: Syntax): boolean {
  const parent = selector.parent;
  switch (parent?.kind) {
    case 'selector_expression':
    case 'binary_expression':
    case 'index_expression':
    case 'send_statement':
    case 'range_clause':
    case 'inc_statement':
    case 'dec_statement':
      return true;
    case 'unary_expression':
      return !textOf(parent).startsWith('&');
    case 'expression_list':
      if (parent.field === 'left') return true;
  }
  const operand = part(selector, 'operand');
  const type = operand === undefined ? undefined : typeOf(program, operand);
  return type !== undefined && fieldOf(program, type, textOf(part(selector, 'field') ?? selector)) !== undefined;
}

/** Used in a function literal that something keeps: not one that runs here, is deferred, or started here. */
function outlives(use: Syntax, home: Syntax | undefined): boolean {
  let literal = around(use, 'func_literal');
  while (literal !== undefined && literal !== home) {
    const call = literal.parent;
    const runs = call?.kind === 'call_expression' && part(call, 'function') === literal;
    if (!runs) return true;
    literal = around(literal, 'func_literal');
  }
  return false;
}
