// A map keeps its buckets when entries are deleted: one that was large once stays large.
import { assignedTo } from '../../container-operations.ts';
import { isOfFreshObject, losesEntries } from '../growing-inserts.ts';
import type { StaticRule } from '../static-rule.ts';

export const mapNeverShrinks: StaticRule = {
  id: 'map-never-shrinks',
  byDefault: false,
  offBecause: 'every map that gets and loses entries looks like this; whether it was ever large shows only at run time',
  examples: {
    leaks: [
      `import "sync"

type table struct {
	mu    sync.Mutex
	conns map[string]conn //want
}

func (t *table) open(id string, c conn) { t.conns[id] = c }

func (t *table) close(id string) { delete(t.conns, id) }`,
    ],
    fine: [
      `import "sync"

type table struct {
	mu    sync.Mutex
	conns map[string]conn
}

func (t *table) open(id string, c conn) { t.conns[id] = c }

func (t *table) close(id string) {
	delete(t.conns, id)
	if len(t.conns) == 0 {
		t.conns = make(map[string]conn)
	}
}`,
    ],
  },
  find: (facts) =>
    facts.containers().flatMap((container) => {
      if (container.shape !== 'map' || !losesEntries(container)) return [];
      // clear(m) keeps the buckets; a new map does not. The first one, of a constructor, does not count.
      const isRenewed = facts.places.usesOf(container.place).some((use) => {
        if (assignedTo(use) === undefined) return false;
        const fn = facts.functionOf(use);
        return fn !== undefined && !isOfFreshObject(facts, use) && !/^([nN]ew|[oO]pen|[iI]nit)/.test(fn.name);
      });
      const removal = container.operations.find(({ kind }) => kind === 'delete');
      if (isRenewed || removal === undefined) return [];
      return [
        {
          at: container.declaration,
          message: `${container.name} keeps the room of its largest size: entries are deleted, the map is never made anew`,
          related: [{ at: removal.node, message: 'taken out here' }],
        },
      ];
    }),
};
