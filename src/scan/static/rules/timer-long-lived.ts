// `time.AfterFunc(2*time.Hour, …)` that nobody can stop or stops: what its function captures lives until it fires.
import { argumentsOf } from '../../calls.ts';
import { part, type Syntax, textOf, walk } from '../../syntax.ts';
import { durationSeconds, spoken } from '../duration.ts';
import type { PackageFacts } from '../package-facts.ts';
import { runsOnce } from '../releases.ts';
import type { StaticRule } from '../static-rule.ts';
import { timerIsStopped } from '../timer-uses.ts';

const leastSeconds = 600;

export const timerLongLived: StaticRule = {
  id: 'timer-long-lived',
  byDefault: true,
  examples: {
    leaks: [
      `import "time"

type cart struct{ items []byte }

func open() *cart {
	c := &cart{items: make([]byte, 8000)}
	time.AfterFunc(2*time.Hour, func() { c.items = nil }) //want
	return c
}`,
      `import "time"

type cart struct {
	items []byte
	drop  *time.Timer
}

func (c *cart) expire() { c.items = nil }

func open() *cart {
	c := &cart{items: make([]byte, 8000)}
	c.drop = time.AfterFunc(time.Hour, c.expire) //want
	return c
}`,
    ],
    fine: [
      `import "time"

type cart struct {
	items []byte
	drop  *time.Timer
}

func (c *cart) expire() { c.items = nil }

func open() *cart {
	c := &cart{items: make([]byte, 8000)}
	c.drop = time.AfterFunc(time.Hour, c.expire)
	return c
}

func (c *cart) pay() { c.drop.Stop() }`,
      `import "time"

func issue(code []byte) {
	time.AfterFunc(5*time.Second, func() { clear(code) })
}`,
      `import (
	"os"
	"time"
)

func main() {
	time.AfterFunc(2*time.Hour, func() { os.Exit(1) })
}`,
      `import "time"

var rounds int

func again() {
	rounds++
	time.AfterFunc(time.Hour, again)
}`,
    ],
  },
  find: (facts) =>
    facts.callsNamed('AfterFunc').flatMap((call) => {
      const [delay, callback] = argumentsOf(call);
      if (textOf(part(call, 'function') ?? call) !== 'time.AfterFunc' || delay === undefined || callback === undefined)
        return [];
      const seconds = durationSeconds(facts.package, delay);
      if (seconds === undefined || seconds < leastSeconds || runsOnce(facts.functionOf(call))) return [];
      if (!capturesSomething(facts, callback) || timerIsStopped(facts, call)) return [];
      return [
        { at: call, message: `what this function captures lives for ${spoken(seconds)}, and nothing stops the timer` },
      ];
    }),
};

/** A literal that uses a variable of the function around it, or a method with its receiver. */
function capturesSomething(facts: PackageFacts, callback: Syntax): boolean {
  const file = facts.program.fileOf(callback);
  const isLocal = (node: Syntax): boolean => {
    const binding = facts.program.bindingOf(file, node);
    return (
      binding !== undefined &&
      binding.kind !== 'package' &&
      !(callback.start <= binding.declaration.start && binding.declaration.end <= callback.end)
    );
  };
  return [...walk(callback)].some((node) => node.kind === 'identifier' && isLocal(node));
}
