// Duties of one function that some way through it forgets: a lock that a return keeps, a Done that an early return skips,
// a goroutine without a way out in a type that can be closed.
import { calledName } from '../../calls.ts';
import type { GoFunction } from '../../go-function.ts';
import { around, contains, loopAround, part, type Syntax, statementOf, textOf, walk, walkOwn } from '../../syntax.ts';
import { channelUses } from '../channel-uses.ts';
import { openExits } from '../open-exits.ts';
import type { PackageFacts } from '../package-facts.ts';
import type { Spawned } from '../spawned.ts';
import type { StaticHit } from '../static-rule.ts';
import { stopMethodOf } from './no-counterpart.ts';

/** More of one lock in one function are written by a generator; judging each against all takes too long. */
const mostUnlocks = 100;

export function keptLocks(facts: PackageFacts): readonly StaticHit[] {
  const selectors = selectorsByFunction();
  return [...facts.callsNamed('Lock'), ...facts.callsNamed('RLock')].flatMap((lock): StaticHit[] => {
    const fn = facts.functionOf(lock);
    const receiver = part(part(lock, 'function') ?? lock, 'operand');
    if (fn === undefined || receiver === undefined || lock.parent?.kind !== 'expression_statement') return [];
    const name = textOf(receiver);
    const opposite = calledName(lock) === 'Lock' ? 'Unlock' : 'RUnlock';
    const unlocks = selectors(fn, `${name}.${opposite}`);
    if (unlocks.length === 0 || unlocks.length > mostUnlocks || isConditional(lock, unlocks)) return [];
    if (isBorrowed(lock, unlocks, selectors(fn, textOf(part(lock, 'function') ?? lock))[0])) return [];
    const straight = unlocks.some(
      (unlock) => unlock.start > lock.start && statementOf(unlock).parent === statementOf(lock).parent,
    );
    if (handsLocksOver(fn, straight)) return [];
    const exits = (openExits(fn.body, { start: lock, ends: unlocks }) ?? []).filter((open) => open.kind !== 'again');
    // Without an Unlock on the straight way, a function whose last way out keeps the lock is meant to return locked.
    const exit = exits[0];
    if (exit === undefined) return [];
    if (!straight && exits.some((open) => open.kind === 'end' || isLast(fn, open.node))) return [];
    const leaves =
      exit.kind === 'return' ? `when line ${exit.node.line} returns` : 'on a way to the end of the function';
    return [
      {
        at: lock,
        message: `${name} stays locked ${leaves}: who locks it next waits for ever`,
        related: exit.kind === 'return' ? [{ at: exit.node, message: `returns without ${opposite}` }] : [],
      },
    ];
  });
}

/** A function that unlocks before it locks gives its caller's lock back; an earlier defer unlocks on every way out. */
function isBorrowed(lock: Syntax, unlocks: readonly Syntax[], firstLock: Syntax | undefined): boolean {
  return unlocks.some(
    (unlock) =>
      unlock.start < lock.start &&
      (around(unlock, 'defer_statement') !== undefined || unlock.start < (firstLock?.start ?? lock.start)),
  );
}

/** `mu.Unlock` by its text, in a function and the literals in it; each function is walked once. */
function selectorsByFunction(): (fn: GoFunction, text: string) => readonly Syntax[] {
  const known = new Map<GoFunction, Map<string, Syntax[]>>();
  return (fn, text) => {
    let byText = known.get(fn);
    if (byText === undefined) {
      byText = new Map();
      for (const node of walk(fn.body)) {
        if (node.kind !== 'selector_expression') continue;
        const key = textOf(node);
        const list = byText.get(key);
        if (list === undefined) byText.set(key, [node]);
        else list.push(node);
      }
      known.set(fn, byText);
    }
    return byText.get(text) ?? [];
  };
}

/** Says so in its name or in the comment above it. */
function handsLocksOver(fn: GoFunction, straight: boolean): boolean {
  const lines = fn.file.lines;
  let comment = '';
  for (let line = fn.node.line - 2; line >= 0 && /^\s*\/\//.test(lines[line] ?? ''); line--) comment += lines[line];
  return (straight ? /lock/i : /lock|acquire/i).test(fn.name) || /\block|\bmu\b|mutex|held\b/i.test(comment);
}

/** Locked and unlocked under conditions of their own: whether they agree is beyond the syntax. */
function isConditional(lock: Syntax, unlocks: readonly Syntax[]): boolean {
  const condition = around(lock, 'if_statement', 'func_literal', 'for_statement');
  if (condition?.kind !== 'if_statement') return false;
  return unlocks.every((unlock) => !contains(condition, unlock));
}

function isLast(fn: GoFunction, node: Syntax): boolean {
  const statements = fn.body.children.flatMap((child) => (child.kind === 'statement_list' ? child.children : [child]));
  return statements.at(-1) === node;
}

export function skippedDones(spawned: readonly Spawned[]): readonly StaticHit[] {
  return spawned.flatMap(({ fn, statement }): StaticHit[] => {
    const dones = [...walkOwn(fn.body)].filter(
      (node) =>
        node.kind === 'call_expression' && calledName(node) === 'Done' && node.parent?.kind === 'expression_statement',
    );
    const [done] = dones;
    if (done === undefined || dones.some((one) => loopAround(one) !== undefined)) return [];
    const group = textOf(part(part(done, 'function') ?? done, 'operand') ?? done);
    const ends = [...walk(fn.body)].filter(
      (node) => node.kind === 'selector_expression' && textOf(node) === `${group}.Done`,
    );
    const exit = openExits(fn.body, { start: undefined, ends })?.find((open) => open.kind === 'return');
    if (exit === undefined) return [];
    return [
      {
        at: exit.node,
        message: `this return skips ${group}.Done, so who waits for ${group} waits for ever`,
        related: [
          { at: done, message: 'Done on the other way' },
          { at: statement, message: 'starts the goroutine' },
        ],
      },
    ];
  });
}

/** `go s.loop()` that nothing ends, of a type with Close or Stop. */
export function loopsWithoutEnd(facts: PackageFacts, spawned: readonly Spawned[]): readonly StaticHit[] {
  return spawned.flatMap(({ fn, by, statement }): StaticHit[] => {
    const owner = fn.receiverType ?? by.receiverType ?? builtBy(by);
    const stop = owner === undefined ? undefined : stopMethodOf(facts, owner);
    if (owner === undefined || stop === undefined || by.name === stop) return [];
    const exits = openExits(fn.body, { start: undefined, ends: [] });
    const ranges = [...walkOwn(fn.body)].filter((node) => node.kind === 'range_clause');
    const unclosed = ranges.find((clause) => isNeverClosed(facts, clause, owner));
    if (
      exits === undefined ||
      (exits.length > 0 &&
        !onlyBehind(
          exits.map((exit) => exit.node),
          unclosed,
          fn,
        ))
    )
      return [];
    const loop = unclosed ?? [...walkOwn(fn.body)].find((node) => node.kind === 'for_statement');
    if (loop === undefined) return [];
    return [
      {
        at: statement,
        message: `${owner}.${stop} does not end this goroutine: nothing leaves its loop`,
        related: [
          {
            at: loop,
            message:
              unclosed === undefined ? 'the loop' : `nobody closes ${textOf(part(unclosed, 'right') ?? unclosed)}`,
          },
        ],
      },
    ];
  });
}

/** `func NewPool() *Pool` */
function builtBy(fn: GoFunction): string | undefined {
  const result = part(fn.node, 'result');
  const type = result?.kind === 'parameter_list' ? result.children[0] : result;
  return type === undefined ? undefined : /^\*?(\w+)$/.exec(textOf(type))?.[1];
}

/** A field channel of this type that the package never closes and does not give away. */
function isNeverClosed(facts: PackageFacts, clause: Syntax, owner: string): boolean {
  const channel = part(clause, 'right');
  if (channel?.kind !== 'selector_expression') return false;
  const place = facts.places.placeOf(channel);
  if (place?.kind !== 'field' || place.owner?.declaration.name !== owner) return false;
  const uses = channelUses(facts, channel);
  return uses !== undefined && uses.makes.length > 0 && !uses.escapes && uses.closes.length === 0;
}

/** The only exit is the end that is reached when the channel is closed. */
function onlyBehind(exits: readonly Syntax[], clause: Syntax | undefined, fn: GoFunction): boolean {
  return (
    clause !== undefined &&
    exits.every((exit) => exit === fn.body) &&
    ![...walkOwn(clause.parent!)].some((node) => node.kind === 'break_statement')
  );
}

/** A goroutine without end that is started for each request. */
export function endlessPerRequest(spawned: readonly Spawned[]): readonly StaticHit[] {
  return spawned.flatMap(({ fn, by, statement }): StaticHit[] => {
    if (!/\*http\.Request\b/.test(textOf(part(by.node, 'parameters') ?? by.node).slice(0, 400))) return [];
    const loop = [...walkOwn(fn.body)].find(
      (node) => node.kind === 'for_statement' || node.kind === 'select_statement',
    );
    const exits = openExits(fn.body, { start: undefined, ends: [] });
    if (loop === undefined || exits === undefined || exits.length > 0) return [];
    return [
      {
        at: statement,
        message: 'each request starts a goroutine that nothing ends',
        related: [{ at: loop, message: 'nothing leaves this' }],
      },
    ];
  });
}
