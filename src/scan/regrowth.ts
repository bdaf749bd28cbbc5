// Is a kept slice made longer again over its array? `head = append(head, …)` and `buf[:cap(buf)]` show it; what is handed to
// unknown code, returned or stored elsewhere may be. Where nothing of the kind is found, what lies between length and
// capacity is never used.
//
//   info.signature = segment[:16]                        kept
//   report(len(info.signature))                          only read: never
//   info.signature = append(info.signature, tail...)     shown
import type { KeepKind, Regrowth } from '../model/source-facts.ts';
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
/** Go's own packages read what they are given, within its length. */
const reads =
  /^(archive|bufio|bytes|compress|crypto|database|encoding|errors|fmt|hash|html|image|io|log|maps|mime|net|os|regexp|slices|sort|strings|text|unicode)(\/[a-z0-9/]+)?\.\w+$/;
/** But for these, which fill their argument behind its length, or give it back. */
const givesBack = /^(Append|Grow|Insert|NewBuffer|Clip|Concat|Trim|Split|Fields|Cut|Chunk|RawMessage|IP$)/;
/** Methods of any type that are what their names say. */
const readingMethod = /^(Write|Read|Print|Log|Debug|Info|Warn|Error|Fatal|Equal|Compare)/;

export interface KeptPlace {
  readonly kind: KeepKind;
  /** What is assigned to, or the container. */
  readonly container: Syntax;
  /** From the container's value to the slice, as in Trail.path. */
  readonly path: readonly string[];
}

export function regrowthOf(program: Program, places: Places, kept: KeptPlace): Regrowth {
  const found = usesOfKept(program, places, kept);
  if (found === undefined) return 'perhaps';
  const visited = new Set<Binding>();

  const ofBinding = (binding: Binding, level: Level, calls: number): Regrowth => {
    if (visited.has(binding)) return 'never';
    visited.add(binding);
    return worst(binding.uses.map((use) => ofUse(use, level, calls)));
  };

  const handedOn = (call: Syntax, argument: Syntax, level: Level, calls: number): Regrowth => {
    const index = argumentsOf(call).indexOf(argument);
    const callee = calleeOf(program, call);
    switch (callee.kind) {
      case 'builtin': {
        if (callee.name !== 'append') return 'never';
        if (level === 'collection') return index === 0 ? ofUse(call, level, calls) : 'perhaps';
        if (index === 0) return textOf(targetOf(call) ?? call) === textOf(argument) ? 'shown' : 'perhaps';
        // `append(other, head...)` copies what it shows.
        return argument.kind === 'variadic_argument' ? 'never' : 'perhaps';
      }
      case 'conversion':
        return callee.type === 'string' ? 'never' : ofUse(call, level, calls);
      case 'library':
        return reads.test(callee.path) && !givesBack.test(callee.name) ? 'never' : 'perhaps';
      case 'library-method':
        return readingMethod.test(callee.name) ? 'never' : 'perhaps';
      case 'function':
        return worst(
          callee.functions.map((fn) => {
            const parameter = parameterAt(program, fn.node, index);
            const isVariadic = /\.\.\./.test(textOf(part(fn.node, 'parameters') ?? fn.node));
            if (parameter === undefined || isVariadic || calls >= mostCalls) return 'perhaps';
            return ofBinding(parameter, level, calls + 1);
          }),
        );
      default:
        return 'perhaps';
    }
  };

  const assigned = (node: Syntax, list: Syntax, level: Level, calls: number): Regrowth => {
    if (list.field === 'left') return 'never';
    const target = targetOf(node);
    if (target === undefined) return 'perhaps';
    if (textOf(target) === '_') return 'never';
    const binding = target.kind === 'identifier' ? program.bindingOf(program.fileOf(target), target) : undefined;
    if (binding?.kind === 'local') return ofBinding(binding, level, calls);
    // Back into its own place, as `s.recent = s.recent[1:]`: what uses that is looked at anyway.
    const isOwn = found.place !== undefined && samePlace(places.placeOf(target), found.place);
    return isOwn && level === found.level && target.kind !== 'index_expression' ? 'never' : 'perhaps';
  };

  const ofUse = (node: Syntax, level: Level, calls: number): Regrowth => {
    const parent = node.parent;
    switch (parent?.kind) {
      case 'parenthesized_expression':
        return ofUse(parent, level, calls);
      case 'index_expression':
        // An element of the slice is a number, and the collection's is the slice.
        return part(parent, 'operand') === node && level === 'collection' ? ofUse(parent, 'slice', calls) : 'never';
      case 'slice_expression': {
        if (part(parent, 'operand') !== node) return 'never';
        const end = part(parent, 'end');
        const written = end === undefined ? '' : textOf(end);
        if (level === 'collection' || /^(\d*|len\([^()]*\))$/.test(written)) return ofUse(parent, level, calls);
        return written.includes('cap(') ? 'shown' : 'perhaps';
      }
      case 'variadic_argument':
      case 'argument_list': {
        const argument = parent.kind === 'argument_list' ? node : parent;
        const call = argument.parent?.parent;
        return call?.kind === 'call_expression' ? handedOn(call, argument, level, calls) : 'perhaps';
      }
      case 'type_conversion_expression':
        return textOf(part(parent, 'type') ?? parent) === 'string' ? 'never' : ofUse(parent, level, calls);
      case 'range_clause': {
        const value = part(parent, 'left')?.children[1];
        if (level === 'slice' || value === undefined || textOf(value) === '_') return 'never';
        const binding = program.bindingOf(program.fileOf(value), value);
        return binding === undefined ? 'perhaps' : ofBinding(binding, 'slice', calls);
      }
      case 'expression_list':
        return assigned(node, parent, level, calls);
      case 'binary_expression':
      case 'expression_statement':
        return 'never';
      default:
        return 'perhaps';
    }
  };
  return worst(found.uses.map((use) => ofUse(use, found.level, 0)));
}

const worst = (all: readonly Regrowth[]): Regrowth =>
  all.includes('shown') ? 'shown' : all.includes('perhaps') ? 'perhaps' : 'never';

/** What the expression is assigned to. */
function targetOf(node: Syntax): Syntax | undefined {
  const list = node.parent;
  const statement = list?.field === 'right' ? list.parent : undefined;
  if (statement?.kind !== 'assignment_statement' && statement?.kind !== 'short_var_declaration') return undefined;
  return part(statement, 'left')?.children[list!.children.indexOf(node)];
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
    if (isSeenElsewhere(program, container, field)) return undefined;
    // Of whatever type: rather one use too many.
    const uses = program.packages().flatMap((pkg) => pkg.files.flatMap((file) => selectorsOf(file.root, field)));
    return { uses, level: last === inside.length - 1 ? 'slice' : 'collection', place: undefined };
  }
  const isCollection = kind === 'append' || kind === 'index-assign' || kind === 'map-assign';
  if (!isCollection && kind !== 'field-assign' && kind !== 'global-assign') return undefined;
  const place = places.placeOf(container);
  if (place === undefined || container.kind === 'unary_expression') return undefined;
  if (place.kind === 'variable' && place.binding.kind !== 'package' && place.binding.kind !== 'local') return undefined;
  const name = place.kind === 'field' ? place.field : place.binding.kind === 'package' ? place.binding.name : '';
  if (isSeenElsewhere(program, container, name)) return undefined;
  const uses =
    place.kind === 'variable'
      ? places.usesOf(place).filter((use) => use !== place.binding.declaration)
      : program.packages().flatMap((pkg) => pkg.files.flatMap((file) => selectorsOf(file.root, place.field)));
  return { uses, level: isCollection ? 'collection' : 'slice', place };
}

/** Packages that import this one are not all read, so what has an exported name may be used where nobody looked. */
const isSeenElsewhere = (program: Program, at: Syntax, name: string): boolean =>
  /^\p{Lu}/u.test(name) && program.fileOf(at).packageName !== 'main';

function selectorsOf(root: Syntax, field: string): readonly Syntax[] {
  return [...walk(root)].filter(
    (node) => node.kind === 'selector_expression' && textOf(part(node, 'field') ?? node) === field,
  );
}
