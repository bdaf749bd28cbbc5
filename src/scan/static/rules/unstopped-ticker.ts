// Tickers without Stop, for programs whose runtime keeps them (before Go 1.23, or an older go line in go.mod). From 1.23
// on the collector takes a ticker that nobody refers to, and the rule has nothing to say.
import { part, type Syntax, textOf } from '../../syntax.ts';
import type { PackageFacts } from '../package-facts.ts';
import { runsOnce } from '../releases.ts';
import type { StaticHit, StaticRule } from '../static-rule.ts';
import { timerIsStopped } from '../timer-uses.ts';
import { keptIn, whereOpen } from '../unreleased-resources.ts';

export const unstoppedTicker: StaticRule = {
  id: 'unstopped-ticker',
  byDefault: true,
  examples: {
    leaks: [
      `// go.mod: go 1.22
import "time"

func wait(ready func() bool) {
	t := time.NewTicker(time.Second) //want
	for !ready() {
		<-t.C
	}
}`,
      `// go.mod: go 1.22
import "time"

type subscriber struct{ pulse *time.Ticker }

func subscribe() *subscriber {
	return &subscriber{pulse: time.NewTicker(time.Second)} //want
}

func (s *subscriber) leave() { s.pulse = nil }`,
      `// go.mod: go 1.22
import "time"

func wait(done chan bool) {
	tick := time.Tick(time.Second) //want
	for {
		select {
		case <-tick:
		case <-done:
			return
		}
	}
}`,
    ],
    fine: [
      `// go.mod: go 1.23
import "time"

func wait(ready func() bool) {
	t := time.NewTicker(time.Second)
	for !ready() {
		<-t.C
	}
}`,
      `// go.mod: go 1.22
import "time"

func wait(ready func() bool) {
	t := time.NewTicker(time.Second)
	defer t.Stop()
	for !ready() {
		<-t.C
	}
}`,
      `// go.mod: go 1.22
import "time"

type subscriber struct{ pulse *time.Ticker }

func subscribe() *subscriber {
	return &subscriber{pulse: time.NewTicker(time.Second)}
}

func (s *subscriber) leave() { s.pulse.Stop() }`,
      `// go.mod: go 1.22
import "time"

func forever(do func()) {
	for range time.Tick(time.Second) {
		do()
	}
}`,
    ],
  },
  find: (facts) =>
    facts.timersAreCollected.answer !== 'no' ? [] : [...inVariables(facts), ...inFields(facts), ...ticks(facts)],
};

function inVariables(facts: PackageFacts): readonly StaticHit[] {
  return keptIn(facts, ['ticker']).flatMap(({ call, variable, exit }) =>
    runsOnce(facts.functionOf(call))
      ? []
      : [{ at: call, message: `${variable} ${whereOpen(exit, 'stopped')}: this runtime keeps it ticking for ever` }],
  );
}

function inFields(facts: PackageFacts): readonly StaticHit[] {
  return facts.callsNamed('NewTicker').flatMap((call) => {
    const inField = call.parent?.kind === 'literal_element' || targetOf(call)?.kind === 'selector_expression';
    if (textOf(part(call, 'function') ?? call) !== 'time.NewTicker' || !inField) return [];
    if (runsOnce(facts.functionOf(call)) || timerIsStopped(facts, call)) return [];
    return [{ at: call, message: 'nothing in the package stops this ticker: this runtime keeps it ticking for ever' }];
  });
}

/** `time.Tick` gives no way to stop: only a loop without end may use it. */
function ticks(facts: PackageFacts): readonly StaticHit[] {
  return facts.callsNamed('Tick').flatMap((call) => {
    const fn = facts.functionOf(call);
    if (textOf(part(call, 'function') ?? call) !== 'time.Tick' || fn === undefined || runsOnce(fn)) return [];
    const target = targetOf(call);
    if (target?.kind !== 'identifier' || !/\breturn\b|\bbreak\b/.test(textOf(fn.body))) return [];
    return [{ at: call, message: 'nobody can stop a ticker of time.Tick, and this function returns' }];
  });
}

function targetOf(call: Syntax): Syntax | undefined {
  const list = call.parent;
  if (list?.kind !== 'expression_list' || list.field !== 'right' || list.parent === undefined) return undefined;
  return part(list.parent, 'left')?.children[list.children.indexOf(call)];
}
