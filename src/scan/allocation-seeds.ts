// Which expressions on a line may be the allocation that a profile blames on it: literals, make, new, concatenations,
// closures, calls into libraries. A line often holds several; each is followed.
import { argumentsOf, type Callee, calledName } from './calls.ts';
import type { GoFunction } from './go-function.ts';
import type { Program } from './program.ts';
import { part, type Syntax, textOf, walk } from './syntax.ts';
import { isScalar, underlying } from './type-refs.ts';
import { calleeOf, typeOf } from './types.ts';

export type Seed =
  /** The expression itself is the new memory. */
  | { readonly kind: 'value'; readonly node: Syntax }
  /** A container gets larger: `m[k] = v`, `append`. */
  | { readonly kind: 'container'; readonly node: Syntax; readonly container: Syntax }
  /** A variable that is moved to the heap at its declaration. */
  | { readonly kind: 'variable'; readonly node: Syntax; readonly name: Syntax }
  /** A library allocates on behalf of this call. */
  | { readonly kind: 'library-call'; readonly node: Syntax; readonly callee: Callee }
  /** A call into the program, whose own frames lie further in: only its result is followed. */
  | { readonly kind: 'call'; readonly node: Syntax };

/** `inner`: name of the function that the next frame towards the leaf is in; undefined at the leaf. */
export function seedsAt(program: Program, fn: GoFunction, line: number, inner: string | undefined): readonly Seed[] {
  const nodes = [...walk(fn.body)].filter((node) => node.line === line || calleeLine(node) === line);
  if (inner === undefined) {
    const direct = nodes.flatMap((node) => directSeeds(program, node));
    // What a library allocates has the library's frame at the leaf, inlined or not.
    const own = direct.filter((seed) => seed.kind !== 'library-call');
    if (direct.length > 0) return own.length > 0 ? own : direct;
  }
  const calls = nodes.filter((node) => node.kind === 'call_expression');
  const wanted = inner === undefined ? '' : lastName(inner);
  const named = calls.filter((call) => calledName(call) === wanted);
  // Through an interface, a function value or an inlined wrapper the name differs: then every call is looked at.
  return (named.length > 0 ? named : calls).flatMap((call) => callSeed(program, call));
}

function callSeed(program: Program, call: Syntax): readonly Seed[] {
  const callee = calleeOf(program, call);
  if (callee.kind === 'library' || callee.kind === 'library-method')
    return [{ kind: 'library-call', node: call, callee }];
  if (callee.kind === 'builtin' || callee.kind === 'conversion') return directSeeds(program, call);
  return [{ kind: 'call', node: call }];
}

function directSeeds(program: Program, node: Syntax): readonly Seed[] {
  switch (node.kind) {
    case 'composite_literal': {
      const outer = node.parent?.kind === 'unary_expression' ? node.parent : node;
      return [{ kind: 'value', node: outer }];
    }
    case 'func_literal':
      return [{ kind: 'value', node }];
    case 'call_expression': {
      const callee = calleeOf(program, node);
      const first = argumentsOf(node)[0];
      if (callee.kind === 'builtin') {
        if (callee.name === 'make' || callee.name === 'new') return [{ kind: 'value', node }];
        if (callee.name === 'append' && first !== undefined) return [{ kind: 'container', node, container: first }];
        return [];
      }
      if (callee.kind === 'conversion' && /^(string|\[\]byte|\[\]rune)$/.test(callee.type))
        return [{ kind: 'value', node }];
      if (callee.kind === 'library' || callee.kind === 'library-method')
        return [{ kind: 'library-call', node, callee }];
      // A function of the program would have a frame of its own, inlined or not.
      return [];
    }
    case 'type_conversion_expression':
      return [{ kind: 'value', node }];
    case 'binary_expression': {
      const concatenates = textOf(part(node, 'operator') ?? node) === '+' && node.parent?.kind !== 'binary_expression';
      const type = concatenates ? typeOf(program, node) : undefined;
      return type !== undefined && underlying(program, type).text === 'string' ? [{ kind: 'value', node }] : [];
    }
    case 'index_expression': {
      const container = part(node, 'operand');
      const list = node.parent;
      const assigned =
        list?.kind === 'expression_list' && list.field === 'left' && list.parent?.kind === 'assignment_statement';
      if (container === undefined || !(assigned || list?.kind === 'inc_statement')) return [];
      const type = typeOf(program, container);
      const isMap = type === undefined || underlying(program, type).text.startsWith('map[');
      return isMap ? [{ kind: 'container', node, container }] : [];
    }
    case 'identifier': {
      const binding = program.bindingOf(program.fileOf(node), node);
      if (binding?.declaration !== node || binding.kind === 'package') return [];
      return escapes(program, node) ? [{ kind: 'variable', node, name: node }] : [];
    }
    default:
      return [];
  }
}

/** Its address is taken, it is captured by a closure, or it is boxed into an interface somewhere. */
function escapes(program: Program, name: Syntax): boolean {
  const file = program.fileOf(name);
  const binding = program.bindingOf(file, name);
  if (binding === undefined || isScalar(program, typeOf(program, name))) return false;
  const owner = program.functionAround(name);
  return binding.uses.some(
    (use) =>
      (use.parent?.kind === 'unary_expression' && textOf(use.parent).startsWith('&')) ||
      (program.functionAround(use) !== owner && use.parent?.kind !== 'func_literal'),
  );
}

/** Go's position of a call is its opening parenthesis' line: of `a.\n b(` the second. */
function calleeLine(node: Syntax): number | undefined {
  return node.kind === 'call_expression' ? part(node, 'function')?.endLine : undefined;
}

/** `example.com/x.(*T).Add[...]` → Add; a closure or wrapper → the function around it. */
export function lastName(functionName: string): string {
  const name = functionName.replace(/\[[^\]]*\]/g, '').replace(/-fm$/, '');
  return name.slice(name.lastIndexOf('.') + 1);
}
