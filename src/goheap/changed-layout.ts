// Tables of the runtime are kept as what changed since the version before: as Go's own history reads.
import type { RuntimeConstants, RuntimeLayout, StructLayouts } from './runtime-layout.ts';

type Fields<Name extends keyof StructLayouts> = Partial<NonNullable<StructLayouts[Name]>>;

/** Fields and constants that moved, came (a number), or went (undefined). Structures that went are undefined. */
export interface LayoutChanges extends Partial<Omit<RuntimeLayout, 'structs' | 'constants'>> {
  readonly structs?: { readonly [Name in keyof StructLayouts]?: Fields<Name> | undefined };
  readonly constants?: Partial<RuntimeConstants>;
}

export function changedLayout(base: RuntimeLayout, changes: LayoutChanges): RuntimeLayout {
  const before: Readonly<Record<string, object | undefined>> = base.structs;
  const structs = Object.entries(changes.structs ?? {}).map(([name, fields]) => [
    name,
    fields === undefined ? undefined : { ...before[name], ...fields },
  ]);
  return {
    ...base,
    ...changes,
    structs: { ...base.structs, ...Object.fromEntries(structs) },
    constants: { ...base.constants, ...changes.constants },
  };
}
