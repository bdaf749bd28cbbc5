// Goroutines that lock a thread and are started again and again: each costs a thread for as long as it lives.
import { part, type Syntax, textOf, walkOwn } from '../../syntax.ts';
import { calleeOf } from '../../types.ts';
import { openExits } from '../open-exits.ts';
import type { PackageFacts } from '../package-facts.ts';
import { runsOnce } from '../releases.ts';
import type { StaticHit, StaticRule } from '../static-rule.ts';

export const threadLeak: StaticRule = {
  id: 'thread-leak',
  byDefault: false,
  offBecause:
    'a goroutine that ends with its thread locked ends the thread too, which programs that change a thread (namespaces, priorities) do on purpose',
  examples: {
    leaks: [
      `import "runtime"

type device struct{ in int }

func read(int) error { return nil }

func (d *device) listen() {
	runtime.LockOSThread()
	for {
		if read(d.in) != nil {
			return
		}
	}
}

func serve(devices chan *device) {
	for d := range devices {
		go d.listen() //want
	}
}`,
      `import "runtime"

func draw(ready bool) {
	runtime.LockOSThread() //want
	if !ready {
		return
	}
	runtime.UnlockOSThread()
}`,
    ],
    fine: [
      `import "runtime"

func loop(work chan func()) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	for f := range work {
		f()
	}
}

func main() {
	go loop(make(chan func()))
}`,
      `import "runtime"

func init() { runtime.LockOSThread() }`,
    ],
  },
  find: (facts) => facts.callsNamed('LockOSThread').flatMap((lock) => hitsOf(facts, lock)),
};

function hitsOf(facts: PackageFacts, lock: Syntax): readonly StaticHit[] {
  const fn = facts.functionOf(lock);
  if (fn === undefined || textOf(part(lock, 'function') ?? lock) !== 'runtime.LockOSThread') return [];
  const unlocks = [...walkOwn(fn.body)].filter(
    (node) => node.kind === 'call_expression' && textOf(node) === 'runtime.UnlockOSThread()',
  );
  if (unlocks.length > 0) {
    const exit = openExits(fn.body, { start: lock, ends: unlocks })?.find((open) => open.kind === 'return');
    return exit === undefined
      ? []
      : [
          {
            at: lock,
            message: `the thread stays locked when line ${exit.node.line} returns`,
            related: [{ at: exit.node, message: 'leaves without UnlockOSThread' }],
          },
        ];
  }
  return facts.nodes('go_statement').flatMap((statement) => {
    const call = statement.children[0];
    if (call?.kind !== 'call_expression') return [];
    const callee = calleeOf(facts.program, call);
    const starts =
      (callee.kind === 'function' && callee.functions.includes(fn)) ||
      (callee.kind === 'literal' && callee.literal === fn.node);
    if (!starts || (runsOnce(facts.functionOf(statement)) && !isInLoop(statement))) return [];
    return [
      {
        at: statement,
        message: 'each of these goroutines keeps a thread of its own for as long as it lives',
        related: [{ at: lock, message: 'locks the thread' }],
      },
    ];
  });
}

function isInLoop(node: Syntax): boolean {
  for (let at = node.parent; at !== undefined && at.kind !== 'func_literal'; at = at.parent)
    if (at.kind === 'for_statement') return true;
  return false;
}
