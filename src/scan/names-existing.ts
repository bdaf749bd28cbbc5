// Whether a local variable names something that lived before: `t := s.tenants[id]`, `for _, t := range s.tenants`,
// `t := s.tenant(id)` where the method hands out what it has. What such a variable keeps outlives the function.
import type { Binding } from './bindings.ts';
import { calledName } from './calls.ts';
import type { Places } from './places.ts';
import type { Program } from './program.ts';
import { part, type Syntax, unparenthesised, walkOwn } from './syntax.ts';
import { calleeOf } from './types.ts';

const maxDepth = 4;

export function namesExisting(program: Program, places: Places, binding: Binding, depth = 0): boolean {
  if (binding.kind !== 'local') return binding.kind !== 'result';
  return binding.init !== undefined && depth < maxDepth && isExisting(program, places, binding.init, depth);
}

function isExisting(program: Program, places: Places, expression: Syntax, depth: number): boolean {
  const node = unparenthesised(expression);
  switch (node.kind) {
    case 'identifier': {
      const binding = places.rootOf(node);
      return (
        binding !== undefined && (binding.kind === 'package' || namesExisting(program, places, binding, depth + 1))
      );
    }
    case 'selector_expression':
    case 'index_expression': {
      const root = places.rootOf(node);
      return root === undefined || root.kind === 'package' || namesExisting(program, places, root, depth + 1);
    }
    case 'unary_expression':
    case 'type_assertion_expression': {
      const operand = part(node, 'operand');
      return operand !== undefined && isExisting(program, places, operand, depth);
    }
    case 'call_expression':
      return handsOut(program, places, node, depth);
    default:
      return false;
  }
}

/** A getter: it returns what it finds, at least on one way. */
function handsOut(program: Program, places: Places, call: Syntax, depth: number): boolean {
  const callee = calleeOf(program, call);
  if (callee.kind === 'library-method') return /^(Load|LoadOrStore|Get|Value|Front|Back)$/.test(calledName(call));
  if (callee.kind !== 'function' || depth >= maxDepth) return false;
  return callee.functions.some((fn) =>
    [...walkOwn(fn.body)].some((node) => {
      if (node.kind !== 'return_statement') return false;
      const list = node.children[0];
      const first = list?.kind === 'expression_list' ? list.children[0] : list;
      return first !== undefined && isExisting(program, places, first, depth + 1);
    }),
  );
}
