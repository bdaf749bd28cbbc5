// `defer` in a loop: the calls pile up until the function returns. Hit where the loop may go on for ever, or where each
// round opens something that the deferred call closes.
import { calledName } from '../../calls.ts';
import { contains, loopAround, part, type Syntax, textOf, walkOwn } from '../../syntax.ts';
import { underlying } from '../../type-refs.ts';
import { typeOf } from '../../types.ts';
import { isNumber } from '../duration.ts';
import { fateOfVariable } from '../fate-of-variable.ts';
import { isOnceOnly } from '../once-only.ts';
import { openExits } from '../open-exits.ts';
import type { PackageFacts } from '../package-facts.ts';
import { runsOnce } from '../releases.ts';
import type { StaticRule } from '../static-rule.ts';

export const deferInLoop: StaticRule = {
  id: 'defer-in-loop',
  byDefault: true,
  examples: {
    leaks: [
      `type message struct{ body []byte }

func (m *message) release() { m.body = nil }

func work(box chan *message) {
	for {
		m := <-box
		defer m.release() //want
	}
}`,
      `import "os"

func sizes(names []string) (total int64) {
	for _, name := range names {
		f, err := os.Open(name)
		if err != nil {
			continue
		}
		defer f.Close() //want
		info, _ := f.Stat()
		total += info.Size()
	}
	return total
}`,
      `import "sync"

func drain(jobs chan func(), mu *sync.Mutex) {
	for job := range jobs {
		mu.Lock()
		defer mu.Unlock() //want
		job()
	}
}`,
    ],
    fine: [
      `import "os"

func sizes(names []string) {
	for _, name := range names {
		func() {
			f, _ := os.Open(name)
			defer f.Close()
		}()
	}
}`,
      `import "os"

func first(names []string) *os.File {
	for _, name := range names {
		f, err := os.Open(name)
		if err != nil {
			continue
		}
		defer println(name)
		return f
	}
	return nil
}`,
      `func done(string) {}

func both() {
	for _, name := range []string{"a", "b"} {
		defer done(name)
	}
}`,
      `import "time"

func race(results chan int) int {
	fallback := time.NewTimer(time.Second)
	for {
		select {
		case <-fallback.C:
			t := time.NewTimer(time.Minute)
			defer t.Stop()
		case r := <-results:
			if r > 0 {
				return r
			}
		}
	}
}`,
      `import "os"

func restore() {
	for i := 0; i < 3; i++ {
		defer os.Setenv("A", "b")
	}
}`,
      `import "os"

const batch = 20

func sums() {
	for range batch {
		f, _ := os.CreateTemp("", "")
		defer f.Close()
	}
}`,
    ],
  },
  find: (facts) =>
    facts.nodes('defer_statement').flatMap((statement) => {
      const loop = loopAround(statement);
      const fn = facts.functionOf(statement);
      if (loop === undefined || fn === undefined) return [];
      const boundless = mayGoOn(facts, loop);
      if (!boundless && (runsOnce(fn) || isFixed(facts, loop) || !closesWhatTheLoopOpens(facts, statement, loop)))
        return [];
      if (isOnceOnly(statement, loop)) return [];
      const exits = openExits(fn.body, { start: statement, ends: [] });
      if (exits?.some((exit) => exit.kind === 'again') !== true) return [];
      return [
        {
          at: statement,
          message: boundless
            ? 'each round of this loop defers one more call, and none runs before the function returns'
            : 'what each round opens stays open until the function returns',
          related: [{ at: loop, message: 'the loop' }],
        },
      ];
    }),
};

/** No condition, one that asks for more, or a channel. */
function mayGoOn(facts: PackageFacts, loop: Syntax): boolean {
  const body = part(loop, 'body');
  const header = loop.children.find((child) => child !== body);
  if (header === undefined) return true;
  if (header.kind === 'for_clause') return part(header, 'condition') === undefined;
  if (header.kind !== 'range_clause') return /\.(Scan|Next|Accept)\(|^true$/.test(textOf(header));
  const right = part(header, 'right');
  const type = right === undefined ? undefined : typeOf(facts.program, right);
  return type !== undefined && /^(<-\s*)?chan\b/.test(underlying(facts.program, type).text);
}

/** `for i := 0; i < 3; i++`, `for n := range batchFiles` with a constant: as many as somebody has decided. */
function isFixed(facts: PackageFacts, loop: Syntax): boolean {
  const body = part(loop, 'body');
  const header = loop.children.find((child) => child !== body);
  const condition = header?.kind === 'for_clause' ? part(header, 'condition') : undefined;
  const bound = condition === undefined ? header && part(header, 'right') : part(condition, 'right');
  return bound !== undefined && isNumber(facts.package, bound);
}

/** `f, err := os.Open(…)` in the same loop, and `defer f.Close()`. */
function closesWhatTheLoopOpens(facts: PackageFacts, statement: Syntax, loop: Syntax): boolean {
  const call = statement.children[0];
  if (call?.kind !== 'call_expression' || !/^(Close|Release|Unlock|Unmap|Free|Rollback)$/.test(calledName(call)))
    return false;
  let operand = part(part(call, 'function') ?? call, 'operand');
  while (operand?.kind === 'selector_expression') operand = part(operand, 'operand');
  if (operand?.kind !== 'identifier') return false;
  const binding = facts.program.bindingOf(facts.program.fileOf(operand), operand);
  if (binding === undefined) return false;
  // What is kept beyond the round is open on purpose.
  const { handedOn } = fateOfVariable(facts.program, binding, { kind: 'file', result: 0, release: /^Close$/ });
  if (handedOn.some((use) => !contains(statement, use))) return false;
  return [...walkOwn(loop)].some(
    (node) =>
      (node === binding.declaration || binding.uses.includes(node)) &&
      node.parent?.field === 'left' &&
      isCall(node.parent),
  );
}

function isCall(list: Syntax): boolean {
  const right = list.parent === undefined ? undefined : part(list.parent, 'right');
  return right?.children[0]?.kind === 'call_expression';
}
