// Contexts whose cancel function is dropped, only silenced, not used on the way to some return, or put into a field that
// nothing calls.
import { argumentsOf } from '../../calls.ts';
import { part, type Syntax, textOf } from '../../syntax.ts';
import type { PackageFacts } from '../package-facts.ts';
import type { StaticHit, StaticRule } from '../static-rule.ts';
import { keptIn, whereOpen } from '../unreleased-resources.ts';

export const contextNotCancelled: StaticRule = {
  id: 'context-not-cancelled',
  byDefault: true,
  examples: {
    leaks: [
      `import "context"

func draw(parent context.Context) error {
	ctx, _ := context.WithCancel(parent) //want
	return paint(ctx)
}
func paint(ctx context.Context) error { return ctx.Err() }`,
      `import (
	"context"
	"errors"
)

func draw(parent context.Context, ready bool) error {
	ctx, cancel := context.WithCancel(parent) //want
	if !ready {
		return errors.New("not ready")
	}
	defer cancel()
	<-ctx.Done()
	return nil
}`,
      `import "context"

type session struct {
	ctx    context.Context
	cancel context.CancelFunc
}

func open(parent context.Context) *session {
	s := &session{}
	s.ctx, s.cancel = context.WithCancel(parent) //want
	return s
}`,
    ],
    fine: [
      `import (
	"context"
	"time"
)

func draw(parent context.Context) error {
	ctx, cancel := context.WithTimeout(parent, time.Second)
	defer cancel()
	<-ctx.Done()
	return nil
}`,
      `import "context"

type session struct {
	ctx    context.Context
	cancel context.CancelFunc
}

func open(parent context.Context) *session {
	ctx, cancel := context.WithCancel(parent)
	return &session{ctx, cancel}
}
func (s *session) Close() { s.cancel() }`,
      `import "context"

func main() {
	ctx, _ := context.WithCancel(context.Background())
	<-ctx.Done()
}`,
      `import "context"

func watch(parent context.Context, done chan struct{}) context.Context {
	ctx, cancel := context.WithCancel(parent)
	go func() { <-done; cancel() }()
	return ctx
}`,
    ],
  },
  find: (facts) => [...dropped(facts), ...inFields(facts)],
};

function dropped(facts: PackageFacts): readonly StaticHit[] {
  return keptIn(facts, ['cancel']).flatMap(({ call, variable, exit }) => {
    const fn = facts.functionOf(call);
    // What main makes lives as long as the program.
    if (fn === undefined || (fn.outer === undefined && /^(main|init)$/.test(fn.name))) return [];
    if (hasNoParent(call)) return [];
    const timed = /(Timeout|Deadline)/.test(textOf(part(call, 'function') ?? call));
    const subject = variable === '_' ? 'the cancel function' : variable;
    return [
      {
        at: call,
        message: `${subject} ${variable === '_' ? 'is dropped' : whereOpen(exit, 'called')}: the parent remembers the context ${timed ? 'until its time is over' : 'until the parent ends'}`,
        related:
          exit === undefined || exit.kind === 'end' ? [] : [{ at: exit.node, message: 'leaves without calling it' }],
      },
    ];
  });
}

/** Under Background nobody remembers a context that only cancel ends. */
function hasNoParent(call: Syntax): boolean {
  const parent = argumentsOf(call)[0];
  const timed = /(Timeout|Deadline)/.test(textOf(part(call, 'function') ?? call));
  return !timed && parent !== undefined && /^context\.(Background|TODO)\(\)$/.test(textOf(parent));
}

/** `s.ctx, s.cancel = context.WithCancel(…)` where the package only ever assigns the field. */
function inFields(facts: PackageFacts): readonly StaticHit[] {
  return facts.nodes('assignment_statement').flatMap((statement) => {
    const [, target] = part(statement, 'left')?.children ?? [];
    const call = part(statement, 'right')?.children[0];
    if (target?.kind !== 'selector_expression' || call?.kind !== 'call_expression') return [];
    if (!/^context\.With(Cancel|Timeout|Deadline)(Cause)?$/.test(textOf(part(call, 'function') ?? call))) return [];
    const field = textOf(part(target, 'field') ?? target);
    // An exported field may be called from anywhere.
    if (/^[A-Z]/.test(field) || hasNoParent(call)) return [];
    const place = facts.places.placeOf(target);
    if (place?.kind !== 'field' || place.owner === undefined) return [];
    const isUsed = facts.places.usesOf(place).some((use) => use.parent?.field !== 'left');
    return isUsed ? [] : [{ at: call, message: `nothing in the package calls ${textOf(target)}` }];
  });
}
