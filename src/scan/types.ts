// Types of expressions and what calls mean (each needs the other: `f().x` and `x.f()`), as far as following a value needs them: enough to tell a map from a slice, a string from bytes,
// and whose field `x.f` is. Undefined means "not known", and callers then say less.
import { argumentsOf, type Callee, withoutTypeArguments } from './calls.ts';
import type { GoFile, TypeRef } from './go-file.ts';
import { libraryMethodResults, libraryResults } from './library-types.ts';
import type { Program } from './program.ts';
import { part, type Syntax, textOf, unparenthesised } from './syntax.ts';
import { elementOf, fieldOf, importOf, keyOf, namedOf, underlying } from './type-refs.ts';

/** Chains of `a := b; b := c …` end somewhere; a cycle must too. */
const maxDepth = 12;

export function typeOf(program: Program, node: Syntax, depth = 0): TypeRef | undefined {
  if (depth > maxDepth) return undefined;
  const file = program.fileOf(node);
  const here = (text: string): TypeRef => ({ file, text });
  const of = (inner: Syntax | undefined) => (inner === undefined ? undefined : typeOf(program, inner, depth + 1));
  switch (node.kind) {
    case 'interpreted_string_literal':
    case 'raw_string_literal':
      return here('string');
    case 'int_literal':
      return here('int');
    case 'parenthesized_expression':
      return of(node.children[0]);
    case 'composite_literal':
    case 'type_conversion_expression':
    case 'type_assertion_expression': {
      const type = part(node, 'type');
      return type === undefined ? undefined : here(textOf(type));
    }
    case 'func_literal':
      return here('func()');
    case 'unary_expression': {
      const operand = of(part(node, 'operand'));
      const operator = textOf(node).charAt(0);
      if (operand === undefined) return undefined;
      if (operator === '&') return { file: operand.file, text: `*${operand.text}` };
      if (operator === '*') return { file: operand.file, text: operand.text.replace(/^\*/, '') };
      return operator === '<' ? elementOf(program, operand) : operand;
    }
    case 'binary_expression': {
      const operator = part(node, 'operator');
      if (operator !== undefined && /^(==|!=|<|>|<=|>=|&&|\|\|)$/.test(textOf(operator))) return here('bool');
      return of(part(node, 'left')) ?? of(part(node, 'right'));
    }
    case 'slice_expression':
      return of(part(node, 'operand'));
    case 'index_expression': {
      const operand = of(part(node, 'operand'));
      return operand === undefined ? undefined : elementOf(program, operand);
    }
    case 'identifier':
      return typeOfName(program, file, node, depth);
    case 'selector_expression': {
      const operand = part(node, 'operand');
      const field = part(node, 'field');
      if (operand === undefined || field === undefined) return undefined;
      const importPath = operand.kind === 'identifier' ? importOf(program, file, operand) : undefined;
      if (importPath !== undefined) {
        const binding = program.packageAt(importPath)?.globals.get(textOf(field));
        return binding === undefined ? undefined : typeOf(program, binding.declaration, depth + 1);
      }
      const type = of(operand);
      return type === undefined ? undefined : fieldOf(program, type, textOf(field));
    }
    case 'call_expression':
      return resultOf(program, node, 0, depth);
    default:
      return undefined;
  }
}

function typeOfName(program: Program, file: GoFile, node: Syntax, depth: number): TypeRef | undefined {
  const binding = program.bindingOf(file, node);
  if (binding === undefined) return undefined;
  const declared = program.fileOf(binding.declaration);
  if (binding.typeText !== undefined) return { file: declared, text: binding.typeText };
  const init = binding.init;
  if (init === undefined) return undefined;
  if (binding.given === 'range') {
    const type = typeOf(program, init, depth + 1);
    if (type === undefined) return undefined;
    const under = underlying(program, type);
    if (binding.index === 0 && !/^(<-)?chan\b/.test(under.text)) return keyOf(under);
    return elementOf(program, under);
  }
  if (binding.given === 'type-switch') return undefined;
  if (init.kind === 'call_expression') return resultOf(program, init, binding.index, depth);
  return binding.index === 0 ? typeOf(program, init, depth + 1) : undefined;
}

function resultOf(program: Program, call: Syntax, index: number, depth: number): TypeRef | undefined {
  const file = program.fileOf(call);
  const callee = calleeOf(program, call);
  const firstArgument = argumentsOf(call)[0];
  switch (callee.kind) {
    case 'builtin':
      if (firstArgument === undefined) return undefined;
      if (callee.name === 'make') return { file, text: textOf(firstArgument) };
      if (callee.name === 'new') return { file, text: `*${textOf(firstArgument)}` };
      return callee.name === 'append' ? typeOf(program, firstArgument, depth + 1) : undefined;
    case 'conversion':
      return { file, text: callee.type };
    case 'function':
      return declaredResult(callee, index);
    case 'library': {
      const text = libraryResults(callee.path)?.[index];
      return text === undefined ? undefined : { file, text };
    }
    case 'library-method': {
      const receiver = callee.receiverType?.replace(/^\*/, '');
      const text = receiver === undefined ? undefined : libraryMethodResults(receiver, callee.name)?.[index];
      return text === undefined ? undefined : { file, text };
    }
    default:
      return undefined;
  }
}

function declaredResult(callee: Extract<Callee, { kind: 'function' }>, index: number): TypeRef | undefined {
  const fn = callee.functions[0];
  const result = fn === undefined ? undefined : part(fn.node, 'result');
  if (fn === undefined || result === undefined) return undefined;
  if (result.kind !== 'parameter_list') return index === 0 ? { file: fn.file, text: textOf(result) } : undefined;
  const types = result.children.flatMap((declaration) => {
    const type = part(declaration, 'type');
    const names = declaration.children.filter((child) => child.field === 'name').length;
    return type === undefined ? [] : Array.from({ length: Math.max(1, names) }, () => textOf(type));
  });
  const text = types[index];
  return text === undefined ? undefined : { file: fn.file, text };
}

const builtins = new Set(
  'append cap clear close complex copy delete imag len make max min new panic print println real recover'.split(' '),
);
const basicTypes = new Set(
  'string bool byte rune error any int int8 int16 int32 int64 uint uint8 uint16 uint32 uint64 uintptr float32 float64'.split(
    ' ',
  ),
);

/** An interface call is followed into at most this many methods of the program. */
const maxImplementations = 4;

export function calleeOf(program: Program, call: Syntax): Callee {
  const callee = part(call, 'function');
  if (callee === undefined) return { kind: 'unknown', name: '' };
  const fn = withoutTypeArguments(unparenthesised(callee));
  const file = program.fileOf(call);
  if (fn.kind === 'func_literal') return { kind: 'literal', literal: fn };
  if (fn.kind.endsWith('_type')) return { kind: 'conversion', type: textOf(fn) };
  if (fn.kind === 'identifier') {
    const name = textOf(fn);
    const binding = program.bindingOf(file, fn);
    if (binding !== undefined) {
      const init = binding.init;
      if (init?.kind === 'func_literal') return { kind: 'literal', literal: init };
      return { kind: 'unknown', name };
    }
    const pkg = program.packageOf(file);
    const functions = (pkg.functionsNamed.get(name) ?? []).filter((known) => known.receiverType === undefined);
    if (functions.length > 0) return { kind: 'function', functions, receiver: undefined };
    if (builtins.has(name)) return { kind: 'builtin', name };
    if (basicTypes.has(name) || pkg.types.has(name)) return { kind: 'conversion', type: name };
    return { kind: 'unknown', name };
  }
  if (fn.kind === 'selector_expression') return selectorCallee(program, fn);
  return { kind: 'unknown', name: '' };
}

function selectorCallee(program: Program, selector: Syntax): Callee {
  const operand = part(selector, 'operand');
  const field = part(selector, 'field');
  if (operand === undefined || field === undefined) return { kind: 'unknown', name: '' };
  const name = textOf(field);
  const file = program.fileOf(selector);
  const importPath = operand.kind === 'identifier' ? importOf(program, file, operand) : undefined;
  if (importPath !== undefined) {
    const pkg = program.packageAt(importPath);
    const functions = (pkg?.functionsNamed.get(name) ?? []).filter((known) => known.receiverType === undefined);
    if (functions.length > 0) return { kind: 'function', functions, receiver: undefined };
    if (pkg?.types.has(name)) return { kind: 'conversion', type: textOf(selector) };
    return { kind: 'library', path: `${importPath}.${name}`, name };
  }
  const type = typeOf(program, operand);
  const named = type === undefined ? undefined : namedOf(program, type);
  if (named !== undefined) {
    const own =
      named.package.functionsNamed.get(name)?.filter((known) => known.receiverType === named.declaration.name) ?? [];
    if (own.length > 0) return { kind: 'function', functions: own, receiver: operand };
    for (const embedded of named.declaration.embedded) {
      const promoted = named.package.functionsNamed.get(name)?.filter((known) => known.receiverType === embedded) ?? [];
      if (promoted.length > 0) return { kind: 'function', functions: promoted, receiver: operand };
    }
    if (named.declaration.isInterface) {
      const methods = named.package.functionsNamed.get(name)?.filter((known) => known.receiverType !== undefined) ?? [];
      if (methods.length > 0 && methods.length <= maxImplementations)
        return { kind: 'function', functions: methods, receiver: operand };
    }
    return { kind: 'library-method', name, receiver: operand, receiverType: undefined };
  }
  if (type === undefined) {
    // Only one method of that name in the package, and no idea of the receiver: most likely that one.
    const methods = (program.packageOf(file).functionsNamed.get(name) ?? []).filter(
      (known) => known.receiverType !== undefined,
    );
    if (methods.length === 1) return { kind: 'function', functions: methods, receiver: operand };
  }
  return { kind: 'library-method', name, receiver: operand, receiverType: type?.text };
}

/** The name as a reader would say it, imports as paths: `net/http.Get`, `s.conn.Close`. */
export function calleeText(program: Program, call: Syntax): string {
  const fn = part(call, 'function');
  if (fn === undefined) return '';
  const callee = calleeOf(program, call);
  return callee.kind === 'library' ? callee.path : textOf(fn).replace(/\s+/g, '');
}
