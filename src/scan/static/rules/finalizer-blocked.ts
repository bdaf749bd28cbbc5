// A finalizer or cleanup that can wait: one goroutine runs all of them, and what waits there stops every other one.
import { argumentsOf, calledName } from '../../calls.ts';
import { around, part, type Syntax, textOf, unparenthesised, walkOwn } from '../../syntax.ts';
import { calleeOf } from '../../types.ts';
import { channelUses } from '../channel-uses.ts';
import type { PackageFacts } from '../package-facts.ts';
import type { StaticRule } from '../static-rule.ts';

export const finalizerBlocked: StaticRule = {
  id: 'finalizer-blocked',
  byDefault: true,
  examples: {
    leaks: [
      `import "runtime"

var forgotten = make(chan int)

type scratch struct{ id int }

func report(s *scratch) { forgotten <- s.id }

func create(id int) *scratch {
	s := &scratch{id: id}
	runtime.SetFinalizer(s, report) //want
	return s
}`,
      `import (
	"runtime"
	"time"
)

type scratch struct{ id int }

func create() *scratch {
	s := &scratch{}
	runtime.SetFinalizer(s, func(*scratch) { time.Sleep(time.Second) }) //want
	return s
}`,
    ],
    fine: [
      `import "runtime"

var forgotten = make(chan int)

type scratch struct{ id int }

func report(s *scratch) {
	select {
	case forgotten <- s.id:
	default:
	}
}

func create(id int) *scratch {
	s := &scratch{id: id}
	runtime.SetFinalizer(s, report)
	return s
}`,
      `import "runtime"

type archive struct{ mounted chan struct{} }

func (a *archive) mount() { close(a.mounted) }

type sheet struct{ archive *archive }

func scan(a *archive) *sheet {
	s := &sheet{archive: a}
	runtime.SetFinalizer(s, func(s *sheet) { <-s.archive.mounted })
	return s
}`,
      `import "runtime"

type scratch struct{ gone chan int }

func create() *scratch {
	s := &scratch{}
	runtime.SetFinalizer(s, func(s *scratch) { go func() { s.gone <- 1 }() })
	return s
}`,
    ],
  },
  find: (facts) =>
    [...facts.callsNamed('SetFinalizer'), ...facts.callsNamed('AddCleanup')].flatMap((call) => {
      const callback = argumentsOf(call)[1];
      if (callback === undefined || !/^runtime\./.test(textOf(part(call, 'function') ?? call))) return [];
      const body = bodyOf(facts, callback);
      const waits = body === undefined ? undefined : waitIn(facts, body, 0);
      if (waits === undefined) return [];
      return [
        {
          at: call,
          message: 'this finalizer can wait, and the one goroutine that runs all finalizers waits with it',
          related: [{ at: waits, message: 'waits here' }],
        },
      ];
    }),
};

/** A literal, a function of the package, or `(*T).close`. */
function bodyOf(facts: PackageFacts, callback: Syntax): Syntax | undefined {
  const node = unparenthesised(callback);
  if (node.kind === 'func_literal') return part(node, 'body');
  const name = textOf(node.kind === 'selector_expression' ? (part(node, 'field') ?? node) : node);
  const owner =
    node.kind === 'selector_expression' ? /\w+/.exec(textOf(part(node, 'operand') ?? node))?.[0] : undefined;
  return facts.package.functions.find((fn) => fn.name === name && fn.receiverType === owner)?.body;
}

const maxDepth = 2;

function waitIn(facts: PackageFacts, body: Syntax, depth: number): Syntax | undefined {
  for (const node of walkOwn(body)) {
    if (around(node, 'go_statement') !== undefined) continue;
    const inSelect = around(node, 'communication_case', 'block')?.kind === 'communication_case';
    if (node.kind === 'send_statement' && !inSelect && nobody(facts, part(node, 'channel'), 'receives')) return node;
    if (node.kind === 'unary_expression' && textOf(node).startsWith('<-') && !inSelect) {
      const channel = part(node, 'operand');
      if (nobody(facts, channel, 'sends')) return node;
    }
    if (node.kind !== 'call_expression') continue;
    const name = calledName(node);
    if (textOf(part(node, 'function') ?? node) === 'time.Sleep') return node;
    const callee = depth < maxDepth && name !== '' ? calleeOf(facts.program, node) : undefined;
    if (callee?.kind !== 'function' || callee.functions.length !== 1) continue;
    const inner = waitIn(facts, callee.functions[0]!.body, depth + 1);
    if (inner !== undefined) return inner;
  }
  return undefined;
}

/** Known channel, and nobody in the package does the other side of it. */
function nobody(facts: PackageFacts, channel: Syntax | undefined, side: 'receives' | 'sends'): boolean {
  const uses = channel === undefined ? undefined : channelUses(facts, channel);
  if (uses === undefined || uses.escapes) return false;
  return side === 'receives'
    ? uses.receives.length === 0 && uses.roomFor === 0
    : uses.sends.length === 0 && uses.closes.length === 0;
}
