// A long-lived map that gets keys which do not repeat, and out of which nothing is taken anywhere in its package.
import { growingInserts, onceAContainer } from '../growing-inserts.ts';
import { isRegistry } from '../registries.ts';
import type { StaticRule } from '../static-rule.ts';

export const unboundedMap: StaticRule = {
  id: 'unbounded-map',
  byDefault: true,
  examples: {
    leaks: [
      `var answers = map[string]*answer{}

func handle(id string) *answer {
	a := compute(id)
	answers[id] = a //want
	return a
}`,
      `import "sync"

type gateway struct {
	mu     sync.Mutex
	recent map[string]*answer
	seen   sync.Map
}

func (g *gateway) handle(id string, a *answer) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.recent[id] = a //want
	g.seen.Store(id, true) //want
}`,
    ],
    fine: [
      `import "sync"

type sessions struct {
	mu   sync.Mutex
	byID map[string]*session
}

func (s *sessions) open(id string) { s.byID[id] = &session{} }

func (s *sessions) close(id string) { delete(s.byID, id) }`,
      `var cache = map[string][]byte{}

func get(key string) []byte {
	if len(cache) >= 1000 {
		cache = map[string][]byte{}
	}
	cache[key] = load(key)
	return cache[key]
}`,
      `var drivers = map[string]driver{}

// Called by the init functions of drivers.
func Register(name string, d driver) { drivers[name] = d }

func init() { drivers["mem"] = memory{} }`,
      `import "sync"

type tally struct {
	mu     sync.Mutex
	counts map[string]int
	byType map[bool]int
}

func newTally(names []string) *tally {
	t := &tally{counts: map[string]int{}}
	for _, name := range names {
		t.counts[name] = 0
	}
	return t
}

func (t *tally) fail(ok bool) {
	t.counts["failed"]++
	t.byType[ok]++
}`,
      `import ("reflect"; "sync")

var encoders sync.Map

// As many as the program has types.
func encoderOf(t reflect.Type) encoder {
	e := compile(t)
	encoders.Store(t, e)
	return e
}`,
      `func group(items []item) map[string][]item {
	byName := map[string][]item{}
	for _, item := range items {
		byName[item.name] = append(byName[item.name], item)
	}
	return byName
}`,
    ],
  },
  find: (facts) =>
    facts
      .containers()
      .flatMap((container) =>
        (container.shape !== 'map' && container.shape !== 'sync-map') || isRegistry(container)
          ? []
          : onceAContainer(
              container,
              growingInserts(facts, container),
              `entries are put into ${container.name}, and nothing in this package takes them out or bounds it`,
            ),
      ),
};
