// A long-lived slice or list to which is appended, and which nothing in its package makes shorter.
import { growingInserts, onceAContainer } from '../growing-inserts.ts';
import { isRegistry } from '../registries.ts';
import type { StaticRule } from '../static-rule.ts';

export const unboundedSlice: StaticRule = {
  id: 'unbounded-slice',
  byDefault: true,
  examples: {
    leaks: [
      `import "sync"

type series struct {
	mu     sync.Mutex
	points []point
}

func (s *series) add(p point) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.points = append(s.points, p) //want
}`,
      `var failures []error

func handle(r *request) {
	if err := serve(r); err != nil {
		failures = append(failures, err) //want
	}
}`,
    ],
    fine: [
      `import "sync"

type recent struct {
	mu   sync.Mutex
	last []point
}

func (r *recent) add(p point) {
	if len(r.last) == cap(r.last) {
		r.last = append(r.last[:0], r.last[1:]...)
	}
	r.last = append(r.last, p)
}`,
      `import "sync"

type batch struct {
	mu    sync.Mutex
	lines []string
}

func (b *batch) add(line string) { b.lines = append(b.lines, line) }

func (b *batch) flush() []string {
	lines := b.lines
	b.lines = nil
	return lines
}`,
      `type builder struct{ parts []string }

// No lock and no package variable: it lives as long as its user.
func (b *builder) add(part string) { b.parts = append(b.parts, part) }`,
      `var order []string

func init() {
	for _, name := range names {
		order = append(order, name)
	}
}`,
    ],
  },
  find: (facts) =>
    facts
      .containers()
      .flatMap((container) =>
        (container.shape !== 'slice' && container.shape !== 'list') || isRegistry(container)
          ? []
          : onceAContainer(
              container,
              growingInserts(facts, container),
              `${container.name} gets longer here, and nothing in this package makes it shorter`,
            ),
      ),
};
