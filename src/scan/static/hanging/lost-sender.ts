// A goroutine sends its result on a channel without room, and who started it can leave without receiving.
import type { Binding } from '../../bindings.ts';
import type { GoFunction } from '../../go-function.ts';
import { around, contains, loopAround, part, type Syntax, textOf, walk, walkOwn } from '../../syntax.ts';
import { type ChannelUses, channelUses } from '../channel-uses.ts';
import { openExits } from '../open-exits.ts';
import type { PackageFacts } from '../package-facts.ts';
import { runsOnce } from '../releases.ts';
import type { Spawned } from '../spawned.ts';
import type { StaticHit } from '../static-rule.ts';

export function lostSenders(facts: PackageFacts, spawned: readonly Spawned[]): readonly StaticHit[] {
  return localChannels(facts).flatMap(({ binding, fn, declared }) => {
    if (runsOnce(fn)) return [];
    const uses = channelUses(facts, declared);
    if (uses === undefined || uses.escapes || uses.roomFor === undefined) return [];
    const senders = spawned.flatMap((goroutine) => {
      if (goroutine.by !== fn) return [];
      const send = uses.sends.find((node) => contains(goroutine.fn.node, node) && !hasOtherWay(node));
      return send === undefined ? [] : [{ goroutine, send }];
    });
    const [first] = senders;
    if (first === undefined) return [];
    const sent = senders.some(({ goroutine, send }) => goroutine.inLoop || loopAround(send) !== undefined)
      ? Number.POSITIVE_INFINITY
      : senders.length;
    if (sent <= uses.roomFor) return [];
    const exit = exitWithoutReceive(facts, fn, uses, first.goroutine, sent);
    if (exit === undefined) return [];
    return [
      {
        at: first.send,
        message: messageOf(uses, fn, binding.name, exit),
        related: [
          { at: first.goroutine.statement, message: 'starts the goroutine' },
          ...(exit === fn.body ? [] : [{ at: exit, message: 'leaves without receiving' }]),
        ],
      },
    ];
  });
}

function messageOf(uses: ChannelUses, fn: GoFunction, name: string, exit: Syntax): string {
  if (uses.receives.length === 0) return `nobody receives what is sent on ${name}, so this goroutine never ends`;
  const leaves = exit === fn.body ? 'its starter comes to its end' : `line ${exit.line} leaves`;
  return `this send waits for ever when ${leaves} without receiving from ${name}`;
}

interface LocalChannel {
  readonly binding: Binding;
  readonly declared: Syntax;
  readonly fn: GoFunction;
}

/** `c := make(chan T)` in functions. */
export function localChannels(facts: PackageFacts): readonly LocalChannel[] {
  return facts.callsNamed('make').flatMap((make) => {
    const type = part(make, 'arguments')?.children[0];
    const list = make.parent;
    if (type?.kind !== 'channel_type' || list?.kind !== 'expression_list' || list.parent === undefined) return [];
    const names = part(list.parent, 'left')?.children ?? list.parent.children.filter((child) => child.field === 'name');
    const declared = names[list.children.indexOf(make)];
    const fn = facts.functionOf(make);
    if (declared?.kind !== 'identifier' || fn === undefined) return [];
    const binding = facts.program.bindingOf(fn.file, declared);
    return binding?.kind === 'local' && binding.declaration === declared ? [{ binding, declared, fn }] : [];
  });
}

function exitWithoutReceive(
  facts: PackageFacts,
  fn: GoFunction,
  uses: ChannelUses,
  goroutine: Spawned,
  sent: number,
): Syntax | undefined {
  // Another goroutine that receives may do so at any time.
  if (uses.receives.some((node) => facts.functionOf(node) !== fn)) return undefined;
  const many = sent === Number.POSITIVE_INFINITY;
  const ends = uses.receives.map((node) => {
    const loop = node.kind === 'range_clause' ? node.parent! : loopAround(node);
    // Of many values, a loop that comes to its end has taken all.
    return loop !== undefined && (many || node.kind === 'range_clause') ? loop : node;
  });
  const exits = openExits(fn.body, { start: goroutine.statement, ends });
  return exits?.find((exit) => exit.kind !== 'again' && !(many && isCounted(fn, exit.node)))?.node;
}

/** `if running--; running == 0 { return }`: the exit is taken when all have sent. */
function isCounted(fn: GoFunction, exit: Syntax): boolean {
  const counters = new Set(
    [...walkOwn(fn.body)].flatMap((node) =>
      /^(inc|dec)_statement$/.test(node.kind) ? [textOf(node.children[0] ?? node)] : [],
    ),
  );
  for (let at = around(exit, 'if_statement'); at !== undefined; at = around(at, 'if_statement')) {
    const condition = part(at, 'condition');
    if (condition !== undefined && [...walk(condition)].some((node) => counters.has(textOf(node)))) return true;
  }
  return false;
}

/** One case of several, or one with a default: it need not wait for ever. */
export function hasOtherWay(node: Syntax): boolean {
  const communication = around(node, 'communication_case', 'block', 'func_literal');
  if (communication?.kind !== 'communication_case' || communication.parent === undefined) return false;
  return communication.parent.children.filter((child) => child.kind.endsWith('_case')).length > 1;
}
