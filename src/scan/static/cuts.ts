// Short parts of long strings and byte slices that are kept in places that live long: the part keeps the whole. A cut
// counts where the whole is known to be large, or the part to be small; what is most of its whole does not.
import type { Binding } from '../bindings.ts';
import { argumentsOf, calledName } from '../calls.ts';
import { part, type Syntax, textOf, unparenthesised } from '../syntax.ts';
import { elementOf, underlying } from '../type-refs.ts';
import { calleeOf, typeOf } from '../types.ts';
import type { PackageFacts } from './package-facts.ts';
import { runsOnce } from './releases.ts';
import type { StaticHit } from './static-rule.ts';

export type CutSort = 'string' | 'slice';

/** At most this many bytes are a small part of what deserves a cut. */
const smallPart = 1024;

export function keptCuts(facts: PackageFacts, sort: CutSort): readonly StaticHit[] {
  return facts.nodes('slice_expression').flatMap((cut): StaticHit[] => {
    const operand = part(cut, 'operand');
    const fn = facts.functionOf(cut);
    if (operand === undefined || fn === undefined || runsOnce(fn)) return [];
    if (sortOf(facts, operand) !== sort || !isShort(facts, cut, operand)) return [];
    const keeper = keeperOf(facts, cut);
    if (keeper === undefined) return [];
    const what = sort === 'string' ? 'the whole string' : 'its whole array';
    return [
      {
        at: cut,
        message: `this part of ${textOf(operand).slice(0, 40)} keeps ${what} alive in ${keeper.name}`,
        related:
          keeper.at.line === cut.line && keeper.at.source === cut.source
            ? []
            : [{ at: keeper.at, message: 'kept here' }],
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
  return element !== undefined && /^(byte|uint8)$/.test(underlying(facts.program, element).text) ? 'slice' : undefined;
}

/** `s[:8]` of anything; `s[:n]` of what is large. Not `s[1:]`, `s[:len(s)-1]`: that is most of it. Not `s[a:b:b]` either. */
function isShort(facts: PackageFacts, cut: Syntax, operand: Syntax): boolean {
  const end = part(cut, 'end');
  if (end === undefined) return false;
  const text = textOf(end);
  if (/\blen\(|\bcap\(/.test(text)) return false;
  const size = /^\d+$/.test(text) ? Number(text) : undefined;
  if (size === 0 || (size !== undefined && size > smallPart)) return false;
  const origin = originOf(facts, operand);
  if (origin === 'large') return true;
  return origin === 'given' && size !== undefined;
}

/**
 *   large   read as a whole, or made with a large size
 *   given   a parameter: of unknown size
 *   small   nothing that counts
 */
function originOf(facts: PackageFacts, operand: Syntax): 'large' | 'given' | 'small' {
  let node = unparenthesised(operand);
  for (let step = 0; step < 6; step++) {
    if (node.kind === 'identifier') {
      const binding = facts.program.bindingOf(facts.program.fileOf(node), node);
      if (binding === undefined || binding.kind === 'package') return 'small';
      if (binding.kind === 'parameter') return 'given';
      if (binding.init === undefined || binding.given === 'type-switch') return 'small';
      if (binding.given === 'range') return binding.index === 1 ? 'given' : 'small';
      if (binding.index > 0) return 'small';
      node = unparenthesised(binding.init);
      continue;
    }
    if (node.kind === 'slice_expression') {
      const inner = part(node, 'operand');
      if (inner === undefined) return 'small';
      node = unparenthesised(inner);
      continue;
    }
    if (node.kind === 'type_conversion_expression') return 'small';
    if (node.kind !== 'call_expression') return 'small';
    const text = textOf(part(node, 'function') ?? node);
    const args = argumentsOf(node);
    if (text === 'string' || text === '[]byte') {
      // A copy of its own: as large as what was copied.
      if (args[0] === undefined) return 'small';
      node = unparenthesised(args[0]);
      continue;
    }
    if (text === 'make') return isLargeSize(args[1]) || isLargeSize(args[2]) ? 'large' : 'small';
    const callee = calleeOf(facts.program, node);
    if (callee.kind === 'library' && /^(io|ioutil|io\/ioutil|os)\.(ReadAll|ReadFile)$/.test(callee.path))
      return 'large';
    if (
      callee.kind === 'library-method' &&
      /^(Text|ReadString|ReadLine|ReadBytes|String|Bytes)$/.test(calledName(node))
    )
      return /^\*?(bufio\.(Scanner|Reader)|bytes\.Buffer|strings\.Builder)$/.test(callee.receiverType ?? '')
        ? 'large'
        : 'small';
    return 'small';
  }
  return 'small';
}

function isLargeSize(size: Syntax | undefined): boolean {
  if (size === undefined) return false;
  const shifted = /^(\d+)\s*<<\s*(\d+)$/.exec(textOf(size));
  const bytes =
    shifted === null ? Number(textOf(size).replace(/_/g, '')) : Number(shifted[1]) * 2 ** Number(shifted[2]);
  return Number.isFinite(bytes) && bytes > smallPart;
}

interface Keeper {
  readonly name: string;
  readonly at: Syntax;
}

/** Follows the cut through local variables, results of helpers left aside, to a container that lives long. */
function keeperOf(facts: PackageFacts, cut: Syntax): Keeper | undefined {
  const seen = new Set<Binding>();
  const queue: Syntax[] = [cut];
  for (let node = queue.pop(); node !== undefined; node = queue.pop()) {
    const parent = node.parent;
    if (parent === undefined) continue;
    if (
      parent.kind === 'parenthesized_expression' ||
      parent.kind === 'literal_element' ||
      parent.kind === 'keyed_element' ||
      parent.kind === 'literal_value' ||
      parent.kind === 'composite_literal'
    ) {
      queue.push(parent);
      continue;
    }
    if (parent.kind === 'unary_expression' && textOf(parent).startsWith('&')) {
      queue.push(parent);
      continue;
    }
    const insert = insertOf(facts, node);
    if (insert !== undefined) return insert;
    if (parent.kind !== 'expression_list' || parent.field !== 'right') continue;
    const statement = parent.parent;
    const target =
      statement === undefined ? undefined : part(statement, 'left')?.children[parent.children.indexOf(node)];
    if (target?.kind !== 'identifier') continue;
    const binding = facts.program.bindingOf(facts.program.fileOf(target), target);
    if (binding === undefined || binding.kind !== 'local' || seen.has(binding)) continue;
    // Assigned again, it is another value: `line = strings.Clone(line)`.
    if (isReassigned(binding, target)) continue;
    seen.add(binding);
    queue.push(...binding.uses.filter((use) => use !== target));
  }
  return undefined;
}

const isReassigned = (binding: Binding, by: Syntax): boolean =>
  [binding.declaration, ...binding.uses].some(
    (use) =>
      use !== by && use.parent?.kind === 'expression_list' && use.parent.field === 'left' && use.start > by.start,
  );

/** The value of an insert into a long-lived container that is not emptied soon. */
function insertOf(facts: PackageFacts, value: Syntax): Keeper | undefined {
  for (const container of facts.containers()) {
    if (container.operations.some(({ kind }) => kind === 'truncate' || kind === 'clear')) continue;
    for (const insert of container.inserts) {
      const isKept =
        insert.value === value ||
        (container.shape === 'map' && insert.key === value) ||
        (insert.node.kind === 'call_expression' &&
          argumentsOf(insert.node).includes(value) &&
          argumentsOf(insert.node)[0] !== value);
      if (isKept) return { name: container.name, at: insert.node };
    }
  }
  return undefined;
}
