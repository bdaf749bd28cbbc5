// `case <-time.After(d)` whose other case comes first: before Go 1.23 the timer stays until it fires.
import { argumentsOf } from '../../calls.ts';
import { around, loopAround, part, textOf } from '../../syntax.ts';
import { durationSeconds, spoken } from '../duration.ts';
import type { StaticRule } from '../static-rule.ts';

/** Shorter ones are over before many can pile up. */
const leastSecondsInLoop = 30;
const leastSecondsOutside = 300;

export const timerAfterInLoop: StaticRule = {
  id: 'timer-after-in-loop',
  byDefault: true,
  examples: {
    leaks: [
      `// go.mod: go 1.22
import "time"

func follow(positions chan int) {
	for {
		select {
		case <-positions:
		case <-time.After(30 * time.Minute): //want
			return
		}
	}
}`,
      `// go.mod: go 1.22
import "time"

const patience = 10 * time.Minute

func ask(answers chan int) int {
	select {
	case a := <-answers:
		return a
	case <-time.After(patience): //want
		return 0
	}
}`,
    ],
    fine: [
      `// go.mod: go 1.23
import "time"

func follow(positions chan int) {
	for {
		select {
		case <-positions:
		case <-time.After(30 * time.Minute):
			return
		}
	}
}`,
      `// go.mod: go 1.22
import "time"

func follow(positions chan int) {
	for {
		select {
		case <-positions:
		case <-time.After(time.Second):
		}
	}
}`,
      `// go.mod: go 1.22
import "time"

func follow(positions chan int) {
	idle := time.NewTimer(30 * time.Minute)
	defer idle.Stop()
	for {
		select {
		case <-positions:
			idle.Reset(30 * time.Minute)
		case <-idle.C:
			return
		}
	}
}`,
      `// go.mod: go 1.22
import "time"

func everyHour(do func()) {
	for {
		<-time.After(time.Hour)
		do()
	}
}`,
    ],
  },
  find(facts) {
    if (facts.timersAreCollected.answer !== 'no') return [];
    return facts.callsNamed('After').flatMap((call) => {
      const argument = argumentsOf(call)[0];
      if (textOf(part(call, 'function') ?? call) !== 'time.After' || argument === undefined) return [];
      const select = around(call, 'select_statement', 'func_literal');
      const communication = around(call, 'communication_case', 'func_literal');
      if (select?.kind !== 'select_statement' || communication?.kind !== 'communication_case') return [];
      const inBody = communication.children.some(
        (child) => child.field === '' && child.start <= call.start && call.end <= child.end,
      );
      const others = select.children.filter((child) => child.kind === 'communication_case').length - 1;
      const seconds = durationSeconds(facts.package, argument);
      const inLoop = loopAround(select) !== undefined;
      if (inBody || others === 0 || seconds === undefined) return [];
      if (seconds < (inLoop ? leastSecondsInLoop : leastSecondsOutside)) return [];
      const often = inLoop ? 'each round of the loop' : 'each call';
      return [
        {
          at: call,
          message: `${often} leaves a timer that lives for ${spoken(seconds)}: ${facts.timersAreCollected.why}`,
        },
      ];
    });
  },
};
