// A queue in a slice or list, filled and emptied, whose length nothing bounds: when its consumer is slower than its
// producers, it grows for ever.
import { isRecurring } from '../growing-inserts.ts';
import { isRegistry } from '../registries.ts';
import type { StaticRule } from '../static-rule.ts';

export const unboundedQueue: StaticRule = {
  id: 'unbounded-queue',
  byDefault: false,
  offBecause: 'the source shows that a queue has no bound, not that its consumer is too slow',
  examples: {
    leaks: [
      `import "sync"

type outbox struct {
	mu      sync.Mutex
	waiting []*letter
}

func (o *outbox) add(l *letter) {
	o.waiting = append(o.waiting, l) //want
}

func (o *outbox) next() *letter {
	l := o.waiting[0]
	o.waiting = o.waiting[1:]
	return l
}`,
    ],
    fine: [
      `import "sync"

type outbox struct {
	mu      sync.Mutex
	waiting []*letter
}

func (o *outbox) add(l *letter) bool {
	if len(o.waiting) >= 1000 {
		return false
	}
	o.waiting = append(o.waiting, l)
	return true
}

func (o *outbox) next() *letter {
	l := o.waiting[0]
	o.waiting = o.waiting[1:]
	return l
}`,
    ],
  },
  find: (facts) =>
    facts.containers().flatMap((container) => {
      if ((container.shape !== 'slice' && container.shape !== 'list') || container.isBounded || isRegistry(container))
        return [];
      const taken = container.operations.find(
        ({ kind }) => kind === 'reslice-head' || (container.shape === 'list' && kind === 'delete'),
      );
      // What is emptied in one go is a batch.
      const isBatch = container.operations.some(({ kind }) => kind === 'clear' || kind === 'truncate');
      if (taken === undefined || isBatch) return [];
      return container.inserts
        .filter((insert) => isRecurring(facts, insert, container))
        .map(({ node }) => ({
          at: node,
          message: `${container.name} is a queue without a bound`,
          related: [{ at: taken.node, message: 'taken out here' }],
        }));
    }),
};
