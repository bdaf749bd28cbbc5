// What each name in a file refers to: Go's scopes (spec, "Declarations and scope") resolved once, so that the uses of a
// variable can be listed and two variables of one name are not mixed up. Package-level names are resolved by the
// package (`program.ts`), because they are visible in all of its files.
import { part, parts, type Syntax, textOf } from './syntax.ts';

export type BindingKind = 'package' | 'receiver' | 'parameter' | 'result' | 'local';

export interface Binding {
  readonly name: string;
  readonly kind: BindingKind;
  /** The declared identifier. */
  readonly declaration: Syntax;
  /** As written; undefined when inferred. */
  readonly typeText: string | undefined;
  /** What it is declared with: an expression, or the range clause, receive or type switch that gives it. */
  readonly init: Syntax | undefined;
  /** Position among several names of one declaration. */
  readonly index: number;
  /** `type-switch`, `range`: what `init` means for it. */
  readonly given: 'value' | 'range' | 'type-switch' | 'none';
  /** Identifiers that refer to it, the declaration not among them. */
  readonly uses: Syntax[];
}

export interface FileBindings {
  /** Use or declaration → binding. */
  readonly of: ReadonlyMap<Syntax, Binding>;
  /** Package-level variables that this file declares. */
  readonly globals: ReadonlyMap<string, Binding>;
  /** Identifiers that no scope of this file declares: other files' globals, functions, types, imports, builtins. */
  readonly free: readonly Syntax[];
}

interface Scope {
  readonly names: Map<string, Binding>;
  readonly outer: Scope | undefined;
}

export function bindNames(root: Syntax): FileBindings {
  const of = new Map<Syntax, Binding>();
  const globals = new Map<string, Binding>();
  const free: Syntax[] = [];

  const declare = (scope: Scope, identifier: Syntax, rest: Omit<Binding, 'name' | 'declaration' | 'uses'>): void => {
    const name = textOf(identifier);
    const binding: Binding = { name, declaration: identifier, uses: [], ...rest };
    of.set(identifier, binding);
    if (name !== '_') scope.names.set(name, binding);
  };
  const lookUp = (scope: Scope | undefined, name: string): Binding | undefined => {
    for (let at = scope; at !== undefined; at = at.outer) {
      const found = at.names.get(name);
      if (found !== undefined) return found;
    }
    return undefined;
  };
  const use = (scope: Scope, identifier: Syntax): void => {
    const binding = lookUp(scope, textOf(identifier));
    if (binding === undefined) free.push(identifier);
    else {
      of.set(identifier, binding);
      binding.uses.push(identifier);
    }
  };
  const inner = (outer: Scope): Scope => ({ names: new Map(), outer });

  const declareParameters = (scope: Scope, list: Syntax | undefined, kind: BindingKind): void => {
    for (const declaration of list?.children ?? []) {
      const type = part(declaration, 'type');
      const variadic = declaration.kind === 'variadic_parameter_declaration' ? '[]' : '';
      for (const name of parts(declaration, 'name')) {
        const typeText = type === undefined ? undefined : `${variadic}${textOf(type)}`;
        declare(scope, name, { kind, typeText, init: undefined, index: 0, given: 'none' });
      }
    }
  };
  const declareAll = (
    scope: Scope,
    names: readonly Syntax[],
    init: readonly Syntax[],
    given: Binding['given'],
    typeText?: string,
    kind: BindingKind = 'local',
  ): void => {
    names.forEach((name, index) => {
      // `a, b := f()`: both come from the one call.
      const from = init.length === names.length ? init[index] : init[0];
      declare(scope, name, { kind, typeText, init: from, index: init.length === names.length ? 0 : index, given });
    });
  };
  /** `:=` declares what the same scope does not have yet and assigns to the rest. */
  const shortDeclare = (scope: Scope, left: Syntax | undefined, right: Syntax | undefined, given: Binding['given']) => {
    const names = left?.kind === 'expression_list' ? left.children : left === undefined ? [] : [left];
    const init = right?.kind === 'expression_list' ? right.children : right === undefined ? [] : [right];
    names.forEach((name, index) => {
      if (name.kind !== 'identifier') {
        visit(scope, name);
        return;
      }
      const known = scope.names.get(textOf(name));
      if (known !== undefined) {
        of.set(name, known);
        known.uses.push(name);
        return;
      }
      const from = init.length === names.length ? init[index] : init[0];
      declare(scope, name, {
        kind: 'local',
        typeText: undefined,
        init: from,
        index: init.length === names.length ? 0 : index,
        given,
      });
    });
  };

  const visitAll = (scope: Scope, nodes: readonly Syntax[]): void => {
    for (const node of nodes) visit(scope, node);
  };
  const visitFunction = (scope: Scope, node: Syntax): void => {
    const own = inner(scope);
    declareParameters(own, part(node, 'receiver'), 'receiver');
    declareParameters(own, part(node, 'parameters'), 'parameter');
    const result = part(node, 'result');
    if (result?.kind === 'parameter_list') declareParameters(own, result, 'result');
    const body = part(node, 'body');
    if (body !== undefined) visitAll(own, body.children);
  };

  const visit = (scope: Scope, node: Syntax): void => {
    switch (node.kind) {
      case 'identifier':
        return use(scope, node);
      case 'func_literal':
      case 'function_declaration':
      case 'method_declaration':
        return visitFunction(scope, node);
      case 'block':
      case 'expression_case':
      case 'default_case':
        return visitAll(inner(scope), node.children);
      case 'if_statement':
      case 'for_statement':
      case 'expression_switch_statement':
      case 'select_statement':
        return visitAll(inner(scope), inOrder(node));
      case 'short_var_declaration': {
        const right = part(node, 'right');
        if (right !== undefined) visit(scope, right);
        return shortDeclare(scope, part(node, 'left'), right, 'value');
      }
      case 'range_clause': {
        const right = part(node, 'right');
        if (right !== undefined) visit(scope, right);
        const left = part(node, 'left');
        if (left === undefined) return;
        const declares = node.source.slice(left.end, right?.start ?? node.end).includes(':=');
        return declares ? shortDeclare(scope, left, right, 'range') : visit(scope, left);
      }
      case 'receive_statement': {
        const right = part(node, 'right');
        if (right !== undefined) visit(scope, right);
        const left = part(node, 'left');
        if (left === undefined) return;
        const declares = node.source.slice(left.end, right?.start ?? node.end).includes(':=');
        return declares ? shortDeclare(scope, left, right, 'value') : visit(scope, left);
      }
      case 'communication_case': {
        return visitAll(inner(scope), node.children);
      }
      case 'type_switch_statement': {
        const own = inner(scope);
        const initializer = part(node, 'initializer');
        if (initializer !== undefined) visit(own, initializer);
        const value = part(node, 'value');
        if (value !== undefined) visit(own, value);
        const alias = part(node, 'alias')?.children[0];
        if (alias !== undefined)
          declare(own, alias, { kind: 'local', typeText: undefined, init: value, index: 0, given: 'type-switch' });
        for (const child of node.children) {
          if (child.kind === 'type_case' || child.kind === 'default_case')
            visitAll(
              inner(own),
              child.children.filter((part) => part.field !== 'type'),
            );
        }
        return;
      }
      case 'var_spec': {
        const values = part(node, 'value');
        if (values !== undefined) visit(scope, values);
        const type = part(node, 'type');
        const kind = scope.outer === undefined ? 'package' : 'local';
        const init = values?.children ?? [];
        const names = parts(node, 'name');
        declareAll(scope, names, init, init.length > 0 ? 'value' : 'none', type && textOf(type), kind);
        return;
      }
      case 'keyed_element': {
        // A bare name before the colon is a field of a struct, or a variable used as key of a map: only a
        // variable that a scope knows is taken for one.
        const [key, value] = node.children;
        const bare = key?.kind === 'literal_element' ? key.children[0] : key;
        if (key !== undefined && !(bare?.kind === 'identifier' && lookUp(scope, textOf(bare)) === undefined))
          visit(scope, key);
        if (value !== undefined) visit(scope, value);
        return;
      }
      case 'selector_expression': {
        const operand = part(node, 'operand');
        if (operand !== undefined) visit(scope, operand);
        return;
      }
      case 'type_declaration':
      case 'import_declaration':
      case 'package_clause':
      case 'type_identifier':
      case 'field_identifier':
      case 'label_name':
        return;
      default:
        if (node.field === 'type' && node.kind.endsWith('_type')) return;
        return visitAll(scope, node.children);
    }
  };

  const fileScope: Scope = { names: globals, outer: undefined };
  // Package variables are visible before their declaration.
  for (const declaration of root.children) if (declaration.kind === 'var_declaration') visit(fileScope, declaration);
  for (const declaration of root.children) if (declaration.kind !== 'var_declaration') visit(fileScope, declaration);
  return { of, globals, free };
}

/** The header of a statement before its body, whatever order the grammar names them in. */
function inOrder(node: Syntax): readonly Syntax[] {
  return [...node.children].sort((a, b) => a.start - b.start);
}
