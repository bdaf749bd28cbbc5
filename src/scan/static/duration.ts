// How long a `time.Duration` in the source is, when constants say it: `10 * time.Minute`, `timeout` of the package.
import type { GoPackage } from '../program.ts';
import { part, parts, type Syntax, textOf, unparenthesised } from '../syntax.ts';

const unitSeconds: Readonly<Record<string, number>> = {
  'time.Nanosecond': 1e-9,
  'time.Microsecond': 1e-6,
  'time.Millisecond': 1e-3,
  'time.Second': 1,
  'time.Minute': 60,
  'time.Hour': 3600,
};

/** Undefined when it is not written down in this package. */
export function durationSeconds(pkg: GoPackage, expression: Syntax, depth = 0): number | undefined {
  const node = unparenthesised(expression);
  if (depth > 6) return undefined;
  const of = (inner: Syntax | undefined) => (inner === undefined ? undefined : factor(pkg, inner, depth + 1));
  if (node.kind === 'binary_expression') {
    const left = of(part(node, 'left'));
    const right = of(part(node, 'right'));
    if (left === undefined || right === undefined) return undefined;
    const operator = textOf(part(node, 'operator') ?? node);
    if (operator === '*') return left.value * right.value;
    if (operator === '+') return left.value + right.value;
    return operator === '/' ? left.value / right.value : undefined;
  }
  const found = factor(pkg, node, depth);
  return found?.isTime === true ? found.value : undefined;
}

/** A number in the source, or a constant of the package. */
export function isNumber(pkg: GoPackage, node: Syntax): boolean {
  return node.kind === 'int_literal' || (node.kind === 'identifier' && constantOf(pkg, textOf(node)) !== undefined);
}

interface Factor {
  readonly value: number;
  readonly isTime: boolean;
}

function factor(pkg: GoPackage, expression: Syntax, depth: number): Factor | undefined {
  const node = unparenthesised(expression);
  const unit = unitSeconds[textOf(node)];
  if (unit !== undefined) return { value: unit, isTime: true };
  if (node.kind === 'int_literal') return { value: Number(textOf(node).replaceAll('_', '')), isTime: false };
  if (node.kind === 'call_expression' && textOf(part(node, 'function') ?? node) === 'time.Duration') {
    const inner = part(node, 'arguments')?.children[0];
    return inner === undefined ? undefined : factor(pkg, inner, depth + 1);
  }
  if (node.kind === 'identifier') {
    const value = constantOf(pkg, textOf(node));
    return value === undefined || depth > 6 ? undefined : factor(pkg, value, depth + 1);
  }
  if (node.kind !== 'binary_expression') return undefined;
  const value = durationSeconds(pkg, node, depth + 1);
  return value === undefined ? undefined : { value, isTime: textOf(node).includes('time.') };
}

/** What a constant of the package is declared with. */
function constantOf(pkg: GoPackage, name: string): Syntax | undefined {
  for (const file of pkg.files) {
    for (const declaration of file.root.children) {
      if (declaration.kind !== 'const_declaration') continue;
      for (const spec of declaration.children) {
        const index = parts(spec, 'name').findIndex((identifier) => textOf(identifier) === name);
        if (index >= 0) return part(spec, 'value')?.children[index];
      }
    }
  }
  return undefined;
}

/** `2 h`, `10 min`, `45 s`. */
export function spoken(seconds: number): string {
  if (seconds >= 7200 && seconds % 3600 === 0) return `${seconds / 3600} h`;
  return seconds >= 120 ? `${Math.round(seconds / 6) / 10} min` : `${seconds} s`;
}
