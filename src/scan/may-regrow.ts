// May a kept slice be made longer again over its array? `head = append(head, …)`, `buf[:cap(buf)]`, and everything that this
// does not read: what is handed to unknown code, returned or stored elsewhere may be. Where nothing of the kind is found,
// what lies between length and capacity is never used.
//
//   info.signature = segment[:16]     kept
//   report(len(info.signature))       read: no
//   info.signature = append(info.signature, tail...)     yes
import type { KeepKind } from '../model/source-facts.ts';
import type { Binding } from './bindings.ts';
import { argumentsOf } from './calls.ts';
import { parameterAt } from './container-operations.ts';
import { type Place, type Places, samePlace } from './places.ts';
import type { Program } from './program.ts';
import { part, type Syntax, textOf, walk } from './syntax.ts';
import { calleeOf } from './types.ts';

/** What an expression is: the kept slice, or a collection of such slices. */
type Level = 'slice' | 'collection';

const mostCalls = 4;
/** These fill their argument behind its length, or give it back longer. */
const appends = /^(Append|Grow|Insert|NewBuffer|Sum|Seal|Open|Encode|AvailableBuffer|Clip|Concat|Trim)/;

export interface KeptPlace {
  readonly kind: KeepKind;
  /** What is assigned to, or the container. */
  readonly container: Syntax;
  /** From the container's value to the slice, as in Trail.path. */
  readonly path: readonly string[];
}

export function mayRegrow(program: Program, places: Places, kept: KeptPlace): boolean {
  const found = usesOfKept(program, places, kept);
  if (found === undefined) return true;
  const visited = new Set<Binding>();

  const usesOfBinding = (binding: Binding, level: Level, calls: number): boolean => {
    if (visited.has(binding)) return false;
    visited.add(binding);
    return binding.uses.some((use) => regrown(use, level, calls));
  };

  const handedOn = (call: Syntax, argument: Syntax, level: Level, calls: number): boolean => {
    const index = argumentsOf(call).indexOf(argument);
    const callee = calleeOf(program, call);
    switch (callee.kind) {
      case 'builtin': {
        if (callee.name !== 'append') return false;
        if (level === 'collection') return index !== 0 || regrown(call, level, calls);
        // `append(other, head...)` copies what it shows.
        return index === 0 || argument.kind !== 'variadic_argument';
      }
      case 'conversion':
        return callee.type === 'string' ? false : regrown(call, level, calls);
      case 'library':
      case 'library-method':
        return appends.test(callee.name);
      case 'function':
        return callee.functions.some((fn) => {
          const parameter = parameterAt(program, fn.node, index);
          const isVariadic = /\.\.\./.test(textOf(part(fn.node, 'parameters') ?? fn.node));
          if (parameter === undefined || isVariadic || calls >= mostCalls) return true;
          return usesOfBinding(parameter, level, calls + 1);
        });
      default:
        return true;
    }
  };

  const assigned = (node: Syntax, list: Syntax, level: Level, calls: number): boolean => {
    if (list.field === 'left') return false;
    const statement = list.parent;
    if (statement?.kind !== 'assignment_statement' && statement?.kind !== 'short_var_declaration') return true;
    const target = part(statement, 'left')?.children[list.children.indexOf(node)];
    if (target === undefined || textOf(target) === '_') return false;
    const binding = target.kind === 'identifier' ? program.bindingOf(program.fileOf(target), target) : undefined;
    if (binding?.kind === 'local') return usesOfBinding(binding, level, calls);
    // Back into its own place, as `s.recent = s.recent[1:]`: what uses that is looked at anyway.
    const isOwn = found.place !== undefined && samePlace(places.placeOf(target), found.place);
    return !(isOwn && level === found.level && target.kind !== 'index_expression');
  };

  const regrown = (node: Syntax, level: Level, calls: number): boolean => {
    const parent = node.parent;
    if (parent === undefined) return true;
    switch (parent.kind) {
      case 'parenthesized_expression':
        return regrown(parent, level, calls);
      case 'index_expression':
        // An element of the slice is a number, and the collection's is the slice.
        return part(parent, 'operand') === node && level === 'collection' && regrown(parent, 'slice', calls);
      case 'slice_expression': {
        if (part(parent, 'operand') !== node) return false;
        const end = part(parent, 'end');
        const shortens = end === undefined || /^(\d+|len\([^()]*\))$/.test(textOf(end));
        return level === 'slice' && !shortens ? true : regrown(parent, level, calls);
      }
      case 'variadic_argument':
      case 'argument_list': {
        const argument = parent.kind === 'argument_list' ? node : parent;
        const call = argument.parent?.parent;
        return call?.kind === 'call_expression' ? handedOn(call, argument, level, calls) : true;
      }
      case 'type_conversion_expression':
        return textOf(part(parent, 'type') ?? parent) === 'string' ? false : regrown(parent, level, calls);
      case 'range_clause': {
        const value = part(parent, 'left')?.children[1];
        if (level === 'slice' || value === undefined || textOf(value) === '_') return false;
        const binding = program.bindingOf(program.fileOf(value), value);
        return binding === undefined || usesOfBinding(binding, 'slice', calls);
      }
      case 'expression_list':
        return assigned(node, parent, level, calls);
      case 'binary_expression':
      case 'expression_statement':
        return false;
      default:
        return true;
    }
  };
  return found.uses.some((use) => regrown(use, found.level, 0));
}

interface Uses {
  readonly uses: readonly Syntax[];
  readonly level: Level;
  readonly place: Place | undefined;
}

/** Undefined where the place of the slice is not known well enough to find all that use it. */
function usesOfKept(program: Program, places: Places, { kind, container, path }: KeptPlace): Uses | undefined {
  const inside = kind === 'append' && path[0] === '[]' ? path.slice(1) : path;
  const last = inside.findLastIndex((step) => step !== '[]');
  const field = inside[last];
  if (inside.length - last - 1 > (field === undefined ? 0 : 1) || inside.includes('?')) return undefined;
  if (field !== undefined) {
    // Of whatever type: rather one use too many.
    const uses = program.packages().flatMap((pkg) => pkg.files.flatMap((file) => selectorsOf(file.root, field)));
    return { uses, level: last === inside.length - 1 ? 'slice' : 'collection', place: undefined };
  }
  const isCollection = kind === 'append' || kind === 'index-assign' || kind === 'map-assign';
  if (!isCollection && kind !== 'field-assign' && kind !== 'global-assign') return undefined;
  const place = places.placeOf(container);
  if (place === undefined || container.kind === 'unary_expression') return undefined;
  if (place.kind === 'variable' && place.binding.kind !== 'package' && place.binding.kind !== 'local') return undefined;
  const uses =
    place.kind === 'variable'
      ? places.usesOf(place).filter((use) => use !== place.binding.declaration)
      : program.packages().flatMap((pkg) => pkg.files.flatMap((file) => selectorsOf(file.root, place.field)));
  return { uses, level: isCollection ? 'collection' : 'slice', place };
}

function selectorsOf(root: Syntax, field: string): readonly Syntax[] {
  return [...walk(root)].filter(
    (node) => node.kind === 'selector_expression' && textOf(part(node, 'field') ?? node) === field,
  );
}
