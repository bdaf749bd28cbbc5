// Containers of a package that live long, and all that the package does to them: package-level variables, and fields of
// types that are shared (they have a lock, or a package-level variable is one). What a local variable collects dies with it.

import type { Binding } from '../bindings.ts';
import type { Operation } from '../container-operations.ts';
import type { TypeDeclaration, TypeRef } from '../go-file.ts';
import { type Place, samePlace } from '../places.ts';
import type { GoPackage } from '../program.ts';
import { part, parts, type Syntax, textOf, unparenthesised } from '../syntax.ts';
import { elementOf, keyOf, underlying } from '../type-refs.ts';
import { typeOf } from '../types.ts';
import { escapes } from './container-escapes.ts';
import { longLivedTypes } from './long-lived-types.ts';
import type { PackageFacts } from './package-facts.ts';

export type ContainerShape = 'map' | 'slice' | 'sync-map' | 'list';

export interface LongLivedContainer {
  /** `main.cache`, `main.gateway.recent`. */
  readonly name: string;
  readonly shape: ContainerShape;
  readonly declaration: Syntax;
  readonly place: Place;
  readonly scope: 'package' | 'field';
  /** Underneath their names; undefined when not known. */
  readonly keyType: string | undefined;
  /** As declared: `*job`, `listener`. */
  readonly elementType: string | undefined;
  readonly elementUnderneath: string | undefined;
  readonly inserts: readonly Insert[];
  /** What takes out or makes small, closures and helpers of the package included. */
  readonly operations: readonly Operation[];
  /** `len(x) >= limit`. */
  readonly isBounded: boolean;
  /** Code that is not read may take entries out: exported, returned, its address handed on. */
  readonly escapes: boolean;
}

export interface Insert {
  /** `m[k] = v`, `append(…)`, `m.Store(…)`. */
  readonly node: Syntax;
  readonly key: Syntax | undefined;
  readonly value: Syntax | undefined;
}

/** Made once a package. */
export function longLivedContainers(facts: PackageFacts): readonly LongLivedContainer[] {
  const found: LongLivedContainer[] = [];
  const pkg = facts.package;
  for (const binding of pkg.globals.values()) {
    const container = ofPlace(facts, { kind: 'variable', binding }, binding.declaration, `${pkg.name}.${binding.name}`);
    if (container !== undefined) found.push(container);
    // `var cache struct { mu sync.Mutex; m map[string]int }`
    const type = binding.declaration.parent === undefined ? undefined : part(binding.declaration.parent, 'type');
    if (type?.kind !== 'struct_type') continue;
    for (const { name, node } of fieldsOf(type)) {
      const place: Place = { kind: 'field', owner: undefined, field: name, base: binding.declaration };
      const inner = ofPlace(facts, place, node, `${pkg.name}.${binding.name}.${name}`, binding);
      if (inner !== undefined) found.push(inner);
    }
  }
  const shared = longLivedTypes(facts);
  for (const { spec, declaration } of structSpecs(pkg)) {
    if (!shared.has(declaration.name)) continue;
    for (const { name, node } of fieldNodes(spec)) {
      const place: Place = { kind: 'field', owner: { package: pkg, declaration }, field: name, base: node };
      const container = ofPlace(facts, place, node, `${pkg.name}.${declaration.name}.${name}`);
      if (container !== undefined) found.push(container);
    }
  }
  return found;
}

function ofPlace(
  facts: PackageFacts,
  place: Place,
  declaration: Syntax,
  name: string,
  variable?: Binding,
): LongLivedContainer | undefined {
  const { program, places } = facts;
  const type =
    place.kind === 'variable'
      ? typeOf(program, place.binding.declaration)
      : (place.owner?.declaration.fields.get(place.field) ?? writtenType(facts, declaration));
  const under = type === undefined ? undefined : underlying(program, type);
  const shape = under === undefined ? undefined : shapeOf(under.text);
  if (type === undefined || under === undefined || shape === undefined) return undefined;
  const uses = places.usesOf(place);
  const inserts = uses
    .flatMap((use) => insertAt(use, shape) ?? [])
    .filter(({ node }) => belongs(facts, place, node, variable));
  // What gets nothing needs no answers.
  if (inserts.length === 0) return undefined;
  const element = shape === 'map' || shape === 'slice' ? elementOf(program, under) : undefined;
  return {
    name,
    shape,
    declaration,
    place,
    scope: place.kind === 'variable' ? 'package' : 'field',
    keyType: shape === 'map' ? underlying(program, keyOf(under)).text.trim() : undefined,
    elementType: element?.text,
    elementUnderneath: element === undefined ? undefined : underlying(program, element).text,
    inserts,
    operations: places.operationsOn(place),
    isBounded: places.boundsOf(place).length > 0,
    escapes: escapes(facts, place, uses),
  };
}

function shapeOf(type: string): ContainerShape | undefined {
  if (type.startsWith('map[')) return 'map';
  if (type.startsWith('[]')) return 'slice';
  if (type === 'sync.Map') return 'sync-map';
  return type === 'list.List' ? 'list' : undefined;
}

function insertAt(use: Syntax, shape: ContainerShape): Insert | undefined {
  const parent = use.parent;
  if (parent === undefined) return undefined;
  if (shape === 'map') {
    if (parent.kind !== 'index_expression' || part(parent, 'operand') !== use) return undefined;
    const key = part(parent, 'index');
    if (parent.parent?.kind === 'inc_statement') return { node: parent, key, value: undefined };
    const list = parent.parent;
    if (list?.field !== 'left' || list.parent?.kind !== 'assignment_statement') return undefined;
    return { node: parent, key, value: part(list.parent, 'right')?.children[list.children.indexOf(parent)] };
  }
  if (shape === 'slice') {
    const list = parent.kind === 'expression_list' && parent.field === 'left' ? parent : undefined;
    const value =
      list === undefined || list.parent === undefined
        ? undefined
        : part(list.parent, 'right')?.children[list.children.indexOf(use)];
    const call = value === undefined ? undefined : unparenthesised(value);
    if (call?.kind !== 'call_expression' || textOf(part(call, 'function') ?? call) !== 'append') return undefined;
    const values = part(call, 'arguments')?.children ?? [];
    const first = values[0];
    if (first === undefined || textOf(first) !== textOf(use) || values.length < 2) return undefined;
    return { node: call, key: undefined, value: values[1] };
  }
  if (parent.kind !== 'selector_expression' || part(parent, 'operand') !== use) return undefined;
  const call = parent.parent;
  if (call?.kind !== 'call_expression' || part(call, 'function') !== parent) return undefined;
  const method = textOf(part(parent, 'field') ?? parent);
  const args = part(call, 'arguments')?.children ?? [];
  const isInsert =
    shape === 'sync-map' ? /^(Store|LoadOrStore|Swap)$/.test(method) : /^(PushBack|PushFront)$/.test(method);
  if (!isInsert) return undefined;
  return shape === 'sync-map'
    ? { node: call, key: args[0], value: args[1] }
    : { node: call, key: undefined, value: args[0] };
}

/** A selector whose type is not known may be of any type that has such a field: too little to blame. */
function belongs(facts: PackageFacts, place: Place, node: Syntax, variable: Binding | undefined): boolean {
  if (place.kind === 'variable') return true;
  if (variable !== undefined) {
    const operand = node.kind === 'call_expression' ? operandOfCall(node) : part(node, 'operand');
    return operand !== undefined && facts.places.rootOf(operand) === variable;
  }
  const at =
    node.kind === 'call_expression' ? placeOfCall(facts, node) : facts.places.placeOf(part(node, 'operand') ?? node);
  return at !== undefined && at.kind === 'field' && at.owner !== undefined && samePlace(at, place);
}

function placeOfCall({ places }: PackageFacts, call: Syntax): Place | undefined {
  const operand = operandOfCall(call);
  return operand === undefined ? undefined : places.placeOf(operand);
}

/** `s` of `s.Store(k, v)` and of `append(s, v)`. */
function operandOfCall(call: Syntax): Syntax | undefined {
  const fn = part(call, 'function');
  return fn?.kind === 'selector_expression' ? part(fn, 'operand') : part(call, 'arguments')?.children[0];
}

function writtenType({ program }: PackageFacts, field: Syntax): TypeRef | undefined {
  const type = field.parent === undefined ? undefined : part(field.parent, 'type');
  return type === undefined ? undefined : { file: program.fileOf(field), text: textOf(type) };
}

interface StructSpec {
  readonly spec: Syntax;
  readonly declaration: TypeDeclaration;
}

function structSpecs(pkg: GoPackage): readonly StructSpec[] {
  return pkg.files.flatMap((file) =>
    file.root.children.flatMap((child) =>
      child.kind !== 'type_declaration'
        ? []
        : child.children.flatMap((spec) => {
            const name = part(spec, 'name');
            const declaration = name === undefined ? undefined : pkg.types.get(textOf(name));
            return part(spec, 'type')?.kind === 'struct_type' && declaration !== undefined
              ? [{ spec, declaration }]
              : [];
          }),
    ),
  );
}

function fieldNodes(spec: Syntax): readonly { name: string; node: Syntax }[] {
  const struct = part(spec, 'type');
  return struct === undefined ? [] : fieldsOf(struct);
}

function fieldsOf(struct: Syntax): readonly { name: string; node: Syntax }[] {
  return struct.children.flatMap((list) =>
    list.children.flatMap((field) =>
      field.kind === 'field_declaration' ? parts(field, 'name').map((node) => ({ name: textOf(node), node })) : [],
    ),
  );
}
