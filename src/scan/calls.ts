// A call expression by its syntax alone, and the kinds of things it may call.
import type { GoFunction } from './go-function.ts';
import { part, type Syntax, textOf, unparenthesised } from './syntax.ts';

export type Callee =
  | { readonly kind: 'builtin'; readonly name: string }
  | { readonly kind: 'conversion'; readonly type: string }
  /** Functions of the program: one, or the methods that an interface call may mean. */
  | { readonly kind: 'function'; readonly functions: readonly GoFunction[]; readonly receiver: Syntax | undefined }
  /** `time.AfterFunc`, `net/http.Get`. */
  | { readonly kind: 'library'; readonly path: string; readonly name: string }
  | {
      readonly kind: 'library-method';
      readonly name: string;
      readonly receiver: Syntax;
      readonly receiverType: string | undefined;
    }
  | { readonly kind: 'literal'; readonly literal: Syntax }
  | { readonly kind: 'unknown'; readonly name: string };

/** `f[int](x)` calls f. */
export function withoutTypeArguments(fn: Syntax): Syntax {
  if (fn.kind !== 'type_instantiation_expression') return fn;
  return fn.children[0] ?? fn;
}

export function argumentsOf(call: Syntax): readonly Syntax[] {
  return part(call, 'arguments')?.children ?? [];
}

/** Name of the called function without package and receiver. */
export function calledName(call: Syntax): string {
  const fn = part(call, 'function');
  if (fn === undefined) return '';
  const base = withoutTypeArguments(unparenthesised(fn));
  const field = base.kind === 'selector_expression' ? part(base, 'field') : undefined;
  return textOf(field ?? base).replace(/\[.*$/s, '');
}
