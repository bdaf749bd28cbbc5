// Channels, locks' condition variables and loops whose other side nobody in the package does: a receive that nobody sends
// to or closes for, a worker whose channel is never closed, a Wait that nobody signals, a channel that stays nil.
import type { GoFunction } from '../../go-function.ts';
import type { Place } from '../../places.ts';
import { contains, part, type Syntax, textOf } from '../../syntax.ts';
import { type ChannelUses, channelUses } from '../channel-uses.ts';
import { fateOfVariable } from '../fate-of-variable.ts';
import { openExits } from '../open-exits.ts';
import type { PackageFacts } from '../package-facts.ts';
import { runsOnce } from '../releases.ts';
import type { Spawned } from '../spawned.ts';
import type { StaticHit } from '../static-rule.ts';
import { hasOtherWay, localChannels } from './lost-sender.ts';

const never = /^$/;

/** Goroutines that read a channel of their starter's own, which nobody closes, or nobody sends to. */
export function endlessReceivers(facts: PackageFacts, spawned: readonly Spawned[]): readonly StaticHit[] {
  const canReturn = returning();
  const local = localChannels(facts).flatMap(({ binding, declared, fn }) => {
    const uses = runsOnce(fn) || !canReturn(fn) ? undefined : channelUses(facts, declared);
    return uses === undefined ? [] : waiting(uses, fn, spawned, binding.name);
  });
  return [...local, ...receiversOfLocalObjects(facts, spawned, canReturn)];
}

/** `d := &document{pages: make(chan page)}`, `go d.worker()`, and d goes nowhere else. */
function receiversOfLocalObjects(
  facts: PackageFacts,
  spawned: readonly Spawned[],
  canReturn: (fn: GoFunction) => boolean,
): readonly StaticHit[] {
  return spawned.flatMap(({ statement, fn, by }) => {
    const operand = part(part(statement.children[0] ?? statement, 'function') ?? statement, 'operand');
    if (statement.kind !== 'go_statement' || operand?.kind !== 'identifier' || runsOnce(by) || !canReturn(by))
      return [];
    const object = facts.program.bindingOf(by.file, operand);
    if (object?.kind !== 'local' || facts.functionOf(object.declaration) !== by) return [];
    if (object.init === undefined || !/^&?\w+\{|^new\(/.test(textOf(object.init))) return [];
    const fate = fateOfVariable(facts.program, object, { kind: 'connection', result: 0, release: never });
    if (fate.handedOn.length > 0) return [];
    return facts.nodes('range_clause').flatMap((clause): StaticHit[] => {
      const right = part(clause, 'right');
      if (right?.kind !== 'selector_expression' || !contains(fn.body, clause)) return [];
      const uses = channelUses(facts, right);
      if (uses === undefined || uses.makes.length === 0 || uses.escapes || uses.closes.length > 0) return [];
      return [
        {
          at: clause,
          message: `nobody closes ${textOf(right)}, so this goroutine waits for ever when ${by.name === '' ? 'its starter' : by.name} has returned`,
          related: [{ at: statement, message: 'starts the goroutine' }],
        },
      ];
    });
  });
}

function waiting(uses: ChannelUses, fn: GoFunction, spawned: readonly Spawned[], name: string): readonly StaticHit[] {
  if (uses.escapes || uses.closes.length > 0) return [];
  return uses.receives.flatMap((receive): StaticHit[] => {
    const goroutine = spawned.find((one) => one.by === fn && contains(one.fn.node, receive));
    if (goroutine === undefined || hasOtherWay(receive)) return [];
    if (receive.kind !== 'range_clause' && uses.sends.length > 0) return [];
    return [
      {
        at: receive,
        message: `nobody ${uses.sends.length > 0 ? 'closes' : 'sends on or closes'} ${name}, so this goroutine never ends`,
        related: [{ at: goroutine.statement, message: 'starts the goroutine' }],
      },
    ];
  });
}

/** Whether some way through a function comes to its end; each function is asked once. */
function returning(): (fn: GoFunction) => boolean {
  const known = new Map<GoFunction, boolean>();
  return (fn) => {
    let answer = known.get(fn);
    if (answer === undefined) {
      answer = (openExits(fn.body, { start: undefined, ends: [] }) ?? []).length > 0;
      known.set(fn, answer);
    }
    return answer;
  };
}

/** `var c chan T` that is never set, and used outside of select. */
export function nilChannels(facts: PackageFacts): readonly StaticHit[] {
  return facts.nodes('var_spec').flatMap((spec): StaticHit[] => {
    const name = part(spec, 'name');
    if (part(spec, 'type')?.kind !== 'channel_type' || part(spec, 'value') !== undefined || name === undefined)
      return [];
    const binding = facts.program.bindingOf(facts.program.fileOf(name), name);
    if (binding?.kind !== 'local') return [];
    let waits: Syntax | undefined;
    for (const use of binding.uses) {
      const parent = use.parent;
      const isReceive = parent?.kind === 'unary_expression' && textOf(parent).startsWith('<-');
      const isSend = parent?.kind === 'send_statement' && part(parent, 'channel') === use;
      if (parent?.kind === 'binary_expression') continue;
      if (!isReceive && !isSend && parent?.kind !== 'range_clause') return [];
      if (!hasOtherWay(parent!)) waits ??= parent;
    }
    return waits === undefined
      ? []
      : [{ at: waits, message: `${binding.name} is nil: nothing ever sets it, and a nil channel waits for ever` }];
  });
}

/** A condition variable in a field that somebody waits for and nobody signals. */
export function unsignalled(facts: PackageFacts): readonly StaticHit[] {
  return facts.callsNamed('Wait').flatMap((call): StaticHit[] => {
    const cond = part(part(call, 'function') ?? call, 'operand');
    if (cond?.kind !== 'selector_expression') return [];
    const place = facts.places.placeOf(cond);
    if (place?.kind !== 'field' || place.owner === undefined || /^[A-Z]/.test(place.field)) return [];
    if (!/^\*?sync\.Cond$/.test(place.owner.declaration.fields.get(place.field)?.text ?? '')) return [];
    const isSignalled = facts.places.usesOf(place).some((use) => {
      const parent = use.parent;
      const field = parent?.kind === 'selector_expression' ? textOf(part(parent, 'field') ?? parent) : '';
      return !(/^(Wait|L)$/.test(field) || parent?.field === 'left');
    });
    return isSignalled ? [] : [{ at: call, message: `nothing in the package signals ${textOf(cond)}` }];
  });
}

/** Fields and package variables: sends that nobody receives, receives that nobody sends to or closes. */
export function oneSided(facts: PackageFacts): readonly StaticHit[] {
  const receives = facts
    .nodes('unary_expression')
    .filter((node) => textOf(node).startsWith('<-'))
    .map((node) => ({ node, channel: part(node, 'operand') }));
  const ranges = facts.nodes('range_clause').map((node) => ({ node, channel: part(node, 'right') }));
  const sends = facts.nodes('send_statement').map((node) => ({ node, channel: part(node, 'channel') }));
  const known = new Map<unknown, ChannelUses | undefined>();
  const usesOf = (place: Place, channel: Syntax): ChannelUses | undefined => {
    const fields = place.kind === 'field' ? place.owner?.declaration.fields : undefined;
    const key = place.kind === 'variable' ? place.binding : (fields?.get(place.field) ?? channel);
    if (!known.has(key)) known.set(key, channelUses(facts, channel));
    return known.get(key);
  };
  const judge = (node: Syntax, channel: Syntax | undefined, isSend: boolean): readonly StaticHit[] => {
    if (channel === undefined || hasOtherWay(node)) return [];
    const place =
      channel.kind === 'selector_expression' || channel.kind === 'identifier'
        ? facts.places.placeOf(channel)
        : undefined;
    const isShared = place?.kind === 'field' ? place.owner !== undefined : place?.binding.kind === 'package';
    if (place === undefined || !isShared) return [];
    const uses = usesOf(place, channel);
    if (uses === undefined || uses.escapes || uses.makes.length === 0) return [];
    if (isSend && (uses.receives.length > 0 || uses.roomFor !== 0)) return [];
    if (!isSend && (uses.sends.length > 0 || uses.closes.length > 0)) return [];
    return [
      {
        at: node,
        message: `nobody in the package ${isSend ? 'receives from' : 'sends on or closes'} ${textOf(channel)}`,
      },
    ];
  };
  return [
    ...[...receives, ...ranges].flatMap(({ node, channel }) => judge(node, channel, false)),
    ...sends.flatMap(({ node, channel }) => judge(node, channel, true)),
  ];
}

/** Whether a type can be told to stop, and by which method. */
export function stopMethodOf(facts: PackageFacts, type: string): string | undefined {
  return facts.package.functions.find(
    (fn) => fn.receiverType === type && /^(Close|Stop|Shutdown|close|stop|shutdown)$/.test(fn.name),
  )?.name;
}
