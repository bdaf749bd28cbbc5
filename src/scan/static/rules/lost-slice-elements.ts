// A long-lived slice of pointers that is made shorter without clearing: what it no longer shows stays alive in its array.
//   s.waiting = s.waiting[:0]      until as many are appended again
//   s.items = append(s.items[:i], s.items[i+1:]...)      the last one, until the next append
import { part, type Syntax, textOf } from '../../syntax.ts';
import { underlying } from '../../type-refs.ts';
import type { LongLivedContainer } from '../containers.ts';
import { keptCuts } from '../cuts.ts';
import type { PackageFacts } from '../package-facts.ts';
import { isRefilled } from '../refills.ts';
import { runsOnce } from '../releases.ts';
import type { StaticHit, StaticRule } from '../static-rule.ts';

export const lostSliceElements: StaticRule = {
  id: 'lost-slice-elements',
  byDefault: true,
  examples: {
    leaks: [
      `import "sync"

type tracker struct {
	mu      sync.Mutex
	pending []*change
}

func (t *tracker) add(c *change) { t.pending = append(t.pending, c) }

func (t *tracker) flush() {
	send(t.pending)
	t.pending = t.pending[:0] //want
}`,
      `import "sync"

type pool struct {
	mu    sync.Mutex
	conns []*conn
}

func (p *pool) put(c *conn) { p.conns = append(p.conns, c) }

func (p *pool) remove(i int) {
	p.conns = append(p.conns[:i], p.conns[i+1:]...) //want
}`,
      `import "sync"

type queue struct {
	mu   sync.Mutex
	jobs []*job
}

func (q *queue) put(j *job, more []*job) {
	if len(q.jobs) > 0 {
		q.jobs = q.jobs[:len(q.jobs)-1] //want
	}
	if j == nil {
		return
	}
	q.jobs = append(q.jobs, j)
}

func (q *queue) refill(more []*job) {
	q.jobs = q.jobs[:len(q.jobs)-1] //want
	q.jobs = append(q.jobs, more...)
}`,
      `type table struct{ hot []*page }

type database struct{ tables []*table }

func (t *table) scan() {
	pages := readAll()
	pages = append(pages, newPage())
	t.hot = pages[:1] //want
}

func readAll() []*page { return nil }

func main() {
	db := &database{}
	for {
		t := &table{}
		t.scan()
		db.tables = append(db.tables, t)
	}
}`,
    ],
    fine: [
      `import "sync"

type tracker struct {
	mu      sync.Mutex
	pending []*change
	sizes   []int
}

func (t *tracker) add(c *change) {
	t.pending = append(t.pending, c)
	t.sizes = append(t.sizes, c.size)
}

func (t *tracker) flush() {
	send(t.pending)
	clear(t.pending)
	t.pending = t.pending[:0]
	t.sizes = t.sizes[:0]
}`,
      `import "sync"

type pool struct {
	mu    sync.Mutex
	conns []*conn
}

func (p *pool) put(c *conn) { p.conns = append(p.conns, c) }

func (p *pool) get() *conn {
	last := len(p.conns) - 1
	c := p.conns[last]
	p.conns[last] = nil
	p.conns = p.conns[:last]
	return c
}`,
      `import "sync"

const most = 16

type recent struct {
	mu   sync.Mutex
	jobs []*job
}

// The slot that the cut leaves behind gets the new job at once.
func (r *recent) put(j *job) {
	if len(r.jobs) == most {
		copy(r.jobs, r.jobs[1:])
		r.jobs = r.jobs[:most-1]
	}
	r.jobs = append(r.jobs, j)
}

func (r *recent) use(i int) {
	j := r.jobs[i]
	r.jobs = append(r.jobs[:i], r.jobs[i+1:]...)
	r.jobs = append(r.jobs, j)
}`,
    ],
  },
  find: (facts) => [
    ...keptCuts(facts, 'elements'),
    ...facts.containers().flatMap((container) => {
      if (container.shape !== 'slice' || !refersToMemory(facts, container) || isCleared(container)) return [];
      return container.operations.flatMap((operation): StaticHit[] => {
        const how = loses(operation.kind, operation.node);
        if (how === undefined || runsOnce(facts.functionOf(operation.node)) || isRefilled(operation.node)) return [];
        return [
          {
            at: operation.node,
            message: `${container.name} is made shorter without clearing: ${how}`,
            related: [{ at: container.declaration, message: 'declared here' }],
          },
        ];
      });
    }),
  ],
};

function loses(kind: string, node: Syntax): string | undefined {
  // Only assignments to the slice itself: what a helper does to it is told there.
  if (node.kind === 'call_expression') return undefined;
  if (kind === 'truncate') return 'all that it held stays alive until it is overwritten';
  if (kind === 'reslice-tail') return 'what is behind its new end stays alive until it is overwritten';
  if (kind === 'delete' && !usesSlicesPackage(node)) return 'its last element stays alive in the slot behind its end';
  return undefined;
}

/** slices.Delete clears what it leaves behind, since Go 1.22. */
function usesSlicesPackage(target: Syntax): boolean {
  const statement = target.parent?.parent;
  const right = statement === undefined ? undefined : part(statement, 'right');
  return right === undefined || /\bslices\.\w+\(/.test(textOf(right));
}

function isCleared({ operations }: LongLivedContainer): boolean {
  return operations.some(
    ({ kind, node }) => kind === 'nil-slot' || (kind === 'clear' && node.kind === 'call_expression'),
  );
}

/** Pointers, slices, maps, functions, interfaces, and structs of the package that have such fields. */
function refersToMemory(facts: PackageFacts, { elementUnderneath, elementType }: LongLivedContainer): boolean {
  const text = elementUnderneath ?? '';
  if (
    /^(\*|\[\]|map\[|func\b|interface\b|any\b|chan\b)/.test(elementType ?? '') ||
    /^(\[\]|map\[|func\b|interface\b|chan\b)/.test(text)
  )
    return true;
  if (text === 'string' || text === 'error') return text === 'error';
  if (!text.startsWith('struct')) return false;
  const declared = facts.package.types.get(elementType ?? '');
  return [...(declared?.fields.values() ?? [])].some(
    (field) =>
      /^(\*|\[\]|map\[|func\b|interface\b|any\b|chan\b)/.test(underlying(facts.program, field).text) ||
      field.text.startsWith('*'),
  );
}
