// Short parts of long strings and byte slices that are kept in places that live long: the part keeps the whole. A cut
// counts where the whole is known to be large, or the part to be small; what is most of its whole does not.
import { part, type Syntax, textOf } from '../syntax.ts';
import { elementOf, underlying } from '../type-refs.ts';
import { typeOf } from '../types.ts';
import { keeperOf } from './cut-keepers.ts';
import { numberOf, originOf, smallPart } from './cut-origins.ts';
import type { PackageFacts } from './package-facts.ts';
import { runsOnce } from './releases.ts';
import type { StaticHit } from './static-rule.ts';

/** `elements`: slices of pointers, of which a fixed number of the first stays visible. */
export type CutSort = 'string' | 'slice' | 'elements';

const wholes: Readonly<Record<CutSort, string>> = {
  string: 'the whole string',
  slice: 'its whole array',
  elements: 'all elements of its array',
};

export function keptCuts(facts: PackageFacts, sort: CutSort): readonly StaticHit[] {
  return facts.nodes('slice_expression').flatMap((cut): StaticHit[] => {
    const operand = part(cut, 'operand');
    const fn = facts.functionOf(cut);
    if (operand === undefined || fn === undefined || runsOnce(fn)) return [];
    if (sortOf(facts, operand) !== sort || !isShort(facts, cut, operand, sort)) return [];
    const keeper = keeperOf(facts, cut);
    if (keeper === undefined) return [];
    const isHere = keeper.at.line === cut.line && keeper.at.source === cut.source;
    return [
      {
        at: cut,
        message: `this part of ${textOf(operand).slice(0, 40)} keeps ${wholes[sort]} alive in ${keeper.name}`,
        related: isHere ? [] : [{ at: keeper.at, message: 'kept here' }],
      },
    ];
  });
}

function sortOf(facts: PackageFacts, operand: Syntax): CutSort | undefined {
  const type = typeOf(facts.program, operand);
  if (type === undefined) return undefined;
  const under = underlying(facts.program, type);
  if (under.text === 'string') return 'string';
  if (!/^\[\]/.test(under.text)) return undefined;
  const element = elementOf(facts.program, under);
  if (element === undefined) return undefined;
  if (element.text.trim().startsWith('*')) return 'elements';
  return /^(byte|uint8)$/.test(underlying(facts.program, element).text) ? 'slice' : undefined;
}

/** `s[:8]` of anything; `s[:n]` of what is large. Not `s[1:]`, `s[:len(s)-1]`: that is most of it. */
function isShort(facts: PackageFacts, cut: Syntax, operand: Syntax, sort: CutSort): boolean {
  const end = part(cut, 'end');
  if (end === undefined || /\blen\(|\bcap\(/.test(textOf(end))) return false;
  const size = numberOf(facts, end);
  if (size === 0 || (size !== undefined && size > smallPart)) return false;
  // Who names a number of elements has seen more of them; the slice itself has to be a variable, not a field cut in place.
  if (sort === 'elements') return size !== undefined && operand.kind === 'identifier';
  const origin = originOf(facts, operand);
  return origin === 'large' || (origin === 'given' && size !== undefined);
}
