// Where the source cuts a slice or string on its way into a named place: for what a heap walk found there without a value
// that could be followed.
//
//   t.hot = pages[:1]                  a field
//   &head{n, packet[:16]}              a field of a literal
//   lasts = append(lasts, all[10:])    an element of a variable or field
import type { SliceHolder, SourceSite } from '../model/source-facts.ts';
import { argumentsOf, calledName } from './calls.ts';
import type { Places } from './places.ts';
import type { GoPackage, Program } from './program.ts';
import { part, type Syntax, textOf, unparenthesised, walk } from './syntax.ts';

const mostSites = 8;

export function cutsInto(program: Program, places: Places, holder: SliceHolder): readonly SourceSite[] {
  const found: SourceSite[] = [];
  for (const pkg of program.packages()) {
    for (const node of nodesOf(pkg)) {
      if (found.length < mostSites && cutsThere(places, holder, node)) found.push(program.siteOf(node));
    }
  }
  return found;
}

function* nodesOf(pkg: GoPackage): Generator<Syntax> {
  for (const file of pkg.files) yield* walk(file.root);
}

function cutsThere(places: Places, holder: SliceHolder, node: Syntax): boolean {
  switch (node.kind) {
    case 'assignment_statement': {
      const left = part(node, 'left')?.children ?? [];
      const right = part(node, 'right')?.children ?? [];
      return left.some((place, i) => {
        const value = right[i] === undefined ? undefined : unparenthesised(right[i]);
        if (value === undefined || !denotes(places, holder, place)) return false;
        // `q = q[1:]` cuts the place itself, which is no way into it.
        return isCut(value) ? textOf(part(value, 'operand') ?? value) !== textOf(place) : appendsCut(value);
      });
    }
    case 'composite_literal': {
      if (holder.owner === undefined) return false;
      const type = part(node, 'type');
      const isOwner = type !== undefined && textOf(type).split('.').at(-1) === holder.owner;
      return isOwner && (part(node, 'body')?.children ?? []).some((element) => givesCut(element, holder.name));
    }
    default:
      return false;
  }
}

/** `hot: pages[:1]`, or `pages[:1]` by position. */
function givesCut(element: Syntax, field: string): boolean {
  if (element.kind !== 'keyed_element') return isCut(inner(element));
  const [key, value] = element.children;
  return key !== undefined && value !== undefined && textOf(key) === field && isCut(inner(value));
}

const inner = (element: Syntax): Syntax =>
  unparenthesised(element.kind === 'literal_element' ? (element.children[0] ?? element) : element);

const appendsCut = (node: Syntax): boolean =>
  node.kind === 'call_expression' &&
  calledName(node) === 'append' &&
  argumentsOf(node)
    .slice(1)
    .some((argument) => isCut(unparenthesised(argument)));

/** `s[:]` shows all of it. */
const isCut = (node: Syntax): boolean =>
  node.kind === 'slice_expression' && (part(node, 'start') ?? part(node, 'end')) !== undefined;

function denotes(places: Places, { owner, name }: SliceHolder, expression: Syntax): boolean {
  const node = unparenthesised(expression);
  if (owner === undefined) {
    const place = node.kind === 'identifier' && textOf(node) === name ? places.placeOf(node) : undefined;
    return place?.kind === 'variable' && place.binding.kind === 'package';
  }
  const field = node.kind === 'selector_expression' ? part(node, 'field') : undefined;
  if (field === undefined || textOf(field) !== name) return false;
  const place = places.placeOf(node);
  return place?.kind === 'field' && (place.owner === undefined || place.owner.declaration.name === owner);
}
