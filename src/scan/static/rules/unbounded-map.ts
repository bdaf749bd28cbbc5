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
      `import "fmt"

type audit struct{ last map[string]int }

type entry struct{ user string }

// The number goes on and on, and what is behind a modulus may still be a list.
var byShard = map[int][]*entry{}

func (a *audit) add(e entry) { a.last[e.user]++ } //want

func shard(n int, e *entry) { byShard[n%16] = append(byShard[n%16], e) } //want

func main() {
	a := &audit{last: map[string]int{}}
	for n := 0; ; n++ {
		e := entry{user: fmt.Sprint("user", n)}
		a.add(e)
		shard(n, &e)
	}
}`,
      `type point struct{ x, y int }

type grid struct{ seen map[point]bool }

func (g *grid) walk() {
	var at point
	for {
		at.x++
		g.seen[at] = true //want
	}
}

func main() {
	g := &grid{seen: map[point]bool{}}
	go g.walk()
	select {}
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
      `import "fmt"

const (
	shards = 64
	vans   = 5
)

type position struct{ van, street int }

type tracker struct {
	last     map[int]int
	byShard  map[string]int
	byWord   map[string]int
	byRegion map[string]int
	kinds    map[string]int
}

// Every key is one of a few: a van of the loop in main, a shard, a word of the list.
func (t *tracker) move(p position) { t.last[p.van] = p.street }

func (t *tracker) count(name string) { t.byShard[name]++ }

func (t *tracker) words(n int) {
	for _, word := range []string{"north", "south"} {
		t.byWord[word]++
	}
	regions := []string{"eu", "us", "asia"}
	t.byRegion[regions[n%len(regions)]]++
	t.kinds[kindOf(n)]++
}

func kindOf(n int) string {
	if n > 9 {
		return "large"
	}
	return "small"
}

func drive(t *tracker, van int) {
	for n := 0; ; n++ {
		t.move(position{van: van, street: n})
		t.count(fmt.Sprintf("shard-%d", n%shards))
		t.words(n)
	}
}

func main() {
	t := &tracker{last: map[int]int{}}
	for van := 0; van < vans; van++ {
		go drive(t, van)
	}
	select {}
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
