// The source lines that cut what a heap walk found cut: the walk knows the field or variable that shows a part, the source
// knows which of its lines puts a cut slice there.
import type { HeldObjects, HolderStep } from '../model/heap-facts.ts';
import type { SliceHolder, SourceFacts, SourceSite } from '../model/source-facts.ts';

/** More lines than that tell nothing. */
const mostLines = 3;

export function walkedCuts(held: HeldObjects, source: Pick<SourceFacts, 'cutsInto'>): readonly SourceSite[] {
  const holder = sliceHolderOf(held);
  const sites = holder === undefined ? [] : source.cutsInto(holder);
  return sites.length > mostLines ? [] : sites;
}

/**
 * The innermost field that has a slice or string, or else the variable that the way begins with. Elements of slices have no
 * name of their own: what they stand in has.
 *
 *   global main.all > []*main.table > [3] main.table > .hot []*main.page > [9] main.page      field hot of table
 *   global main.lasts > [][]*main.row > [7] []*main.row > [11] main.row                        variable lasts
 */
export function sliceHolderOf({
  root,
  rootKind,
  steps,
}: Pick<HeldObjects, 'root' | 'rootKind' | 'steps'>): SliceHolder | undefined {
  for (let i = steps.length - 1; i > 0; i--) {
    const step = steps[i]!;
    const field = isArray(step) ? /\.(\w+)$/.exec(step.label)?.[1] : undefined;
    const owner = /^\*?(?:[\w./-]+\.)?(\w+)$/.exec(steps[i - 1]!.name)?.[1];
    if (field !== undefined && owner !== undefined) return { owner, name: field };
  }
  const variable = rootKind === 'global' ? /^global [\w./-]+\.(\w+)$/.exec(root)?.[1] : undefined;
  return variable === undefined || !steps.some(isArray) ? undefined : { owner: undefined, name: variable };
}

const isArray = ({ name }: HolderStep): boolean => name.startsWith('[]') || name === 'string data';
