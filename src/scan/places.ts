// Where a value can be kept: a variable or a field, by identity and not by spelling, with everything the source does to
// it. `s.items`, `b.items` and `batch := s.items` are one place when s and b are of one type.
import type { Container, ContainerOperation, SourceSite } from '../model/source-facts.ts';
import type { Binding } from './bindings.ts';
import { type Operation, operationsOnUse } from './container-operations.ts';
import type { GoFunction } from './go-function.ts';
import type { GoPackage, Program } from './program.ts';
import { around, part, type Syntax, textOf, unparenthesised, walk } from './syntax.ts';
import { elementOf, importOf, type NamedType, ownerOfField, underlying } from './type-refs.ts';
import { typeOf } from './types.ts';

export type Place =
  | { readonly kind: 'variable'; readonly binding: Binding }
  | { readonly kind: 'field'; readonly owner: NamedType | undefined; readonly field: string; readonly base: Syntax };

export interface Places {
  placeOf(expression: Syntax): Place | undefined;
  containerOf(expression: Syntax): Container;
  /** Every expression that denotes the place, aliases (`q := s.queue`) included. */
  usesOf(place: Place): readonly Syntax[];
  removalsOf(place: Place): readonly ContainerOperation[];
  operationsOn(place: Place): readonly Operation[];
  boundsOf(place: Place): readonly SourceSite[];
  /** Called or referred to somewhere, as far as the source shows. */
  isLive(fn: GoFunction): boolean;
  /** The variable at the bottom of `a.b[i].c`. */
  rootOf(expression: Syntax): Binding | undefined;
}

/** Called by libraries through interfaces, without the program naming them. */
const implicitlyCalled =
  /^(main|init|ServeHTTP|Close|String|Error|Len|Less|Swap|Push|Pop|Write|Read|Next|Run|Handle|RoundTrip|TestMain|(Test|Benchmark|Fuzz)[A-Z].*)$/;

export function createPlaces(program: Program): Places {
  const selectors = new Map<GoPackage, Map<string, Syntax[]>>();
  let mentioned: ReadonlyMap<string, readonly Syntax[]> | undefined;
  const operations = new Map<string | Binding, readonly Operation[]>();

  const selectorsIn = (pkg: GoPackage): Map<string, Syntax[]> => {
    let found = selectors.get(pkg);
    if (found === undefined) {
      found = new Map();
      for (const file of pkg.files) {
        for (const node of walk(file.root)) {
          const field = node.kind === 'selector_expression' ? part(node, 'field') : undefined;
          if (field === undefined) continue;
          const name = textOf(field);
          const list = found.get(name);
          if (list === undefined) found.set(name, [node]);
          else list.push(node);
        }
      }
      selectors.set(pkg, found);
    }
    return found;
  };

  const placeOf = (expression: Syntax, depth = 0): Place | undefined => {
    const node = unparenthesised(expression);
    if (depth > 8) return undefined;
    switch (node.kind) {
      case 'identifier': {
        const binding = program.bindingOf(program.fileOf(node), node);
        if (binding === undefined) return undefined;
        const init = binding.init;
        // An alias of a field or a package variable stands for it.
        if (binding.kind === 'local' && binding.given === 'value' && init !== undefined && binding.index === 0) {
          const plain = unparenthesised(init);
          if (plain.kind === 'selector_expression' || plain.kind === 'identifier') {
            const aliased = placeOf(plain, depth + 1);
            if (aliased?.kind === 'field' || aliased?.binding.kind === 'package') return aliased;
          }
        }
        return { kind: 'variable', binding };
      }
      case 'selector_expression': {
        const operand = part(node, 'operand');
        const field = part(node, 'field');
        if (operand === undefined || field === undefined) return undefined;
        const importPath = operand.kind === 'identifier' ? importOf(program, program.fileOf(node), operand) : undefined;
        if (importPath !== undefined) {
          const binding = program.packageAt(importPath)?.globals.get(textOf(field));
          return binding === undefined ? undefined : { kind: 'variable', binding };
        }
        const type = typeOf(program, operand);
        const owner = type === undefined ? undefined : ownerOfField(program, type, textOf(field));
        return { kind: 'field', owner, field: textOf(field), base: operand };
      }
      case 'index_expression':
      case 'slice_expression':
      case 'unary_expression': {
        const operand = part(node, 'operand');
        return operand === undefined ? undefined : placeOf(operand, depth + 1);
      }
      default:
        return undefined;
    }
  };

  const rootOf = (expression: Syntax): Binding | undefined => {
    let node = unparenthesised(expression);
    for (;;) {
      if (node.kind === 'identifier') return program.bindingOf(program.fileOf(node), node);
      const operand = part(node, 'operand');
      if (operand === undefined) return undefined;
      node = unparenthesised(operand);
    }
  };

  const directUses = (place: Place): readonly Syntax[] => {
    if (place.kind === 'variable') {
      const own = [place.binding.declaration, ...place.binding.uses];
      if (place.binding.kind !== 'package') return own;
      // Other packages say `cache.Entries`.
      const declared = program.packageOf(program.fileOf(place.binding.declaration));
      const qualified = [...selectors.keys()].flatMap((pkg) =>
        pkg === declared ? [] : (selectorsIn(pkg).get(place.binding.name) ?? []),
      );
      return [...own, ...qualified.filter((use) => samePlace(placeOf(use), place))];
    }
    const packages = new Set([program.packageOf(program.fileOf(place.base))]);
    if (place.owner !== undefined) packages.add(place.owner.package);
    return [...packages]
      .flatMap((pkg) => selectorsIn(pkg).get(place.field) ?? [])
      .filter((use) => samePlace(placeOf(use), place));
  };

  const usesOf = (place: Place): readonly Syntax[] =>
    directUses(place).flatMap((use) => {
      const alias = aliasOf(use);
      return alias === undefined ? [use] : [use, ...alias.uses];
    });

  /** `q := s.queue` → q. */
  const aliasOf = (use: Syntax): Binding | undefined => {
    const list = use.parent;
    const declaration = list?.kind === 'expression_list' ? list.parent : undefined;
    if (list?.field !== 'right' || declaration?.kind !== 'short_var_declaration') return undefined;
    const name = part(declaration, 'left')?.children[list.children.indexOf(use)];
    return name?.kind === 'identifier' ? program.bindingOf(program.fileOf(name), name) : undefined;
  };

  const operationsOn = (place: Place): readonly Operation[] => {
    const key = place.kind === 'variable' ? place.binding : keyOfField(place);
    const known = operations.get(key);
    if (known !== undefined) return known;
    operations.set(key, []); // while it is computed: a function that passes the container to itself
    const found = usesOf(place).flatMap((use) =>
      operationsOnUse(program, use, (parameter) => operationsOn({ kind: 'variable', binding: parameter })),
    );
    operations.set(key, found);
    return found;
  };

  const isLive = (fn: GoFunction): boolean => {
    let declared = fn;
    while (declared.outer !== undefined) declared = declared.outer;
    if (declared.name === '' || implicitlyCalled.test(declared.name)) return true;
    mentioned ??= mentions(program);
    const where = mentioned.get(declared.name) ?? [];
    return where.some((node) => {
      const by = program.functionAround(node);
      return by === undefined || outermost(by) !== declared;
    });
  };

  return {
    placeOf,
    rootOf,
    usesOf,
    operationsOn,
    isLive,
    containerOf: (expression) => containerOf(program, expression, placeOf(expression)),
    removalsOf: (place) =>
      operationsOn(place).flatMap((operation) => {
        const fn = program.functionAround(operation.node);
        if (fn !== undefined && !isLive(fn)) return [];
        return [{ kind: operation.kind, site: program.siteOf(operation.node) }];
      }),
    boundsOf: (place) => usesOf(place).flatMap((use) => boundAt(program, use) ?? []),
  };
}

export function samePlace(a: Place | undefined, b: Place): boolean {
  if (a === undefined || a.kind !== b.kind) return false;
  if (a.kind === 'variable') return b.kind === 'variable' && a.binding === b.binding;
  if (b.kind !== 'field' || a.field !== b.field) return false;
  return a.owner === undefined || b.owner === undefined || a.owner.declaration === b.owner.declaration;
}

function keyOfField(place: Extract<Place, { kind: 'field' }>): string {
  return `${place.owner?.package.directory ?? ''} ${place.owner?.declaration.name ?? ''}.${place.field}`;
}

function containerOf(program: Program, expression: Syntax, place: Place | undefined): Container {
  const written = textOf(expression).replace(/\s+/g, ' ');
  const file = program.fileOf(expression);
  const ref = typeOf(program, expression);
  const type = ref?.text;
  const element = ref === undefined ? undefined : elementOf(program, ref);
  const elementType = element === undefined ? undefined : underlying(program, element).text;
  const prefix = file.packageName;
  if (place === undefined) return { expression: written, name: written, scope: 'unknown', type, elementType };
  if (place.kind === 'field') {
    const owner = place.owner;
    const name =
      owner === undefined
        ? `${prefix}.${textOf(place.base)}.${place.field}`
        : `${owner.package.name}.${owner.declaration.name}.${place.field}`;
    return { expression: written, name, scope: 'field', type, elementType };
  }
  const { binding } = place;
  const declared = program.fileOf(binding.declaration);
  if (binding.kind === 'package')
    return {
      expression: written,
      name: `${declared.packageName}.${binding.name}`,
      scope: 'package',
      type,
      elementType,
    };
  const scope = binding.kind === 'local' || binding.kind === 'result' ? 'local' : 'parameter';
  return { expression: written, name: binding.name, scope, type, elementType };
}

/** `if len(x) >= max`: but not `len(x) == 0`, and not the condition of a loop. */
function boundAt(program: Program, use: Syntax): SourceSite | undefined {
  const call = use.parent?.kind === 'argument_list' ? use.parent.parent : undefined;
  const measured =
    call?.kind === 'call_expression' && /^(len|cap)$/.test(textOf(part(call, 'function') ?? call))
      ? call
      : /^\.Len\(\)/.test(use.source.slice(use.end, use.end + 6))
        ? around(use, 'call_expression')
        : undefined;
  const comparison = measured?.parent;
  const operator = comparison?.kind === 'binary_expression' ? part(comparison, 'operator') : undefined;
  if (comparison === undefined || operator === undefined || !/^(<|>|<=|>=|==)$/.test(textOf(operator)))
    return undefined;
  const other = part(comparison, 'left') === measured ? part(comparison, 'right') : part(comparison, 'left');
  if (other === undefined || /^[01]$/.test(textOf(other))) return undefined;
  const statement = around(comparison, 'if_statement', 'for_statement', 'expression_case', 'func_literal');
  return statement?.kind === 'if_statement' || statement?.kind === 'expression_case'
    ? program.siteOf(comparison)
    : undefined;
}

function mentions(program: Program): ReadonlyMap<string, readonly Syntax[]> {
  const found = new Map<string, Syntax[]>();
  for (const pkg of program.packages()) {
    for (const file of pkg.files) {
      for (const node of walk(file.root)) {
        if (node.kind !== 'identifier' && node.kind !== 'field_identifier') continue;
        if (node.field === 'name') continue; // a declaration
        const name = textOf(node);
        const list = found.get(name);
        if (list === undefined) found.set(name, [node]);
        else list.push(node);
      }
    }
  }
  return found;
}

function outermost(fn: GoFunction): GoFunction {
  let at = fn;
  while (at.outer !== undefined) at = at.outer;
  return at;
}
