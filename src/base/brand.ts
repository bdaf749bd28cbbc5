/** A number or string that carries which table or space it belongs to; no cost at run time. */
export type Brand<Base, Name extends string> = Base & { readonly __brand: Name };
