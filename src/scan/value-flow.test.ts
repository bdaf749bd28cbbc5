import { describe, expect, it } from 'vitest';
import { drawFlow as flow } from '../../test/drawing/draw-flow.ts';

describe('flowOf', () => {
  it('follows a new object through a constructor into a field of a package variable', () => {
    expect(
      flow(
        `
        type counter struct{ name string }
        type set struct{ a []*counter }
        var def set
        func (s *set) add(n string) *counter {
          c := &counter{name: n} //@alloc
          s.a = append(s.a, c) //@retain
          return c
        }
        func tick() { def.add("x") } //@call
        func main() { for { tick() } }
        `,
        'alloc main.(*set).add',
        'call main.tick',
      ),
    ).toEqual(['append main.set.a@retain']);
  });

  it('says that an entry of a map is deleted, and that a helper nobody calls does not count', () => {
    const source = (caller: string) => `
        var jobs = map[int]*job{}
        type job struct{ data []byte }
        func start(id int) {
          j := &job{data: make([]byte, 100)} //@alloc
          jobs[id] = j //@retain
        }
        func finish(id int) { delete(jobs, id) }
        func main() { start(1); ${caller} }
        `;
    expect(flow(source('finish(1)'), 'alloc main.start')).toEqual(['map-assign main.jobs@retain delete']);
    expect(flow(source(''), 'alloc main.start')).toEqual(['map-assign main.jobs@retain']);
  });

  it('notes where a slice or string is cut before it is kept', () => {
    expect(
      flow(
        `
        var headers [][]byte
        func read() []byte {
          return make([]byte, 1<<20) //@alloc
        }
        func handle() {
          buf := read() //@call
          headers = append(headers, buf[:16]) //@retain
        }
        func main() { handle() }
        `,
        'alloc main.read',
        'call main.handle',
      ),
    ).toEqual(['append main.headers@retain subslice@retain']);
    expect(
      flow(
        `
        import "strings"
        var ids = map[string]bool{}
        func handle(raw []byte) {
          line := string(raw) //@alloc
          parts := strings.Split(line, ",") //@cut
          id := parts[0]
          ids[id] = true //@retain
        }
        func main() { handle(nil) }
        `,
        'alloc main.handle',
      ),
    ).toEqual(['map-assign main.ids@retain substring@cut']);
  });

  it('tells lost elements of a shortened slice from a cut array', () => {
    expect(
      flow(
        `
        type page struct{ data [4096]byte }
        type table struct{ hot []*page }
        var tables []*table
        func open() {
          pages := make([]*page, 0, 16)
          for i := 0; i < 16; i++ {
            p := &page{} //@alloc
            pages = append(pages, p)
          }
          t := &table{hot: pages[:1]} //@cut
          tables = append(tables, t) //@retain
        }
        func main() { open() }
        `,
        'alloc main.open',
      ),
    ).toEqual(['append main.tables@retain lost-elements@cut']);
  });

  it('does not take a number that is written into an array for the array', () => {
    expect(
      flow(
        `
        import "os"
        var recent [][]byte
        func read() []byte { b := make([]byte, 64<<10); b[0] = byte(os.Getpid()); return b } //@alloc
        func magic(b []byte) []byte { return b[:8] } //@cut
        func handle() {
          m := magic(read()) //@call
          recent = append(recent, m) //@retain
        }
        func main() { handle() }
        `,
        'alloc main.read',
        'call main.handle',
      ),
    ).toEqual(['append main.recent@retain subslice@cut']);
  });

  it('ends where the value is copied', () => {
    expect(
      flow(
        `
        import "strings"
        var ids []string
        func handle(raw []byte) {
          line := string(raw) //@alloc
          ids = append(ids, strings.Clone(line[:4]))
        }
        func main() { handle(nil) }
        `,
        'alloc main.handle',
      ),
    ).toEqual([]);
  });

  it('does not take one field of an object for another', () => {
    expect(
      flow(
        `
        type request struct{ id string; body []byte }
        var seen []string
        func handle() {
          r := &request{id: newID(), body: make([]byte, 4096)} //@alloc
          seen = append(seen, r.id)
        }
        func newID() string { return "x" }
        func main() { handle() }
        `,
        'alloc main.handle',
      ),
    ).toEqual([]);
  });

  it('knows a closure that a timer, a goroutine or a loop of defers holds', () => {
    const held = (statement: string) =>
      flow(
        `
        import "time"
        func touch(data []byte) {
          for {
            buf := make([]byte, 1024) //@alloc
            ${statement} //@keep
          }
        }
        func use(b []byte) {}
        func main() { touch(nil) }
        `,
        'alloc main.touch',
      );
    expect(held('time.AfterFunc(time.Hour, func() { use(buf) })')).toEqual(['timer-closure@keep']);
    expect(held('go func() { use(buf) }()')).toEqual(['goroutine-capture@keep']);
    expect(held('defer use(buf)')).toEqual(['defer-closure@keep']);
    expect(held('use(buf)')).toEqual([]);
  });

  it('knows what libraries keep: sync.Map, lists, contexts, signal channels', () => {
    expect(
      flow(
        `
        import ("sync"; "context"; "os"; "os/signal"; "container/list")
        var cache sync.Map
        var l = list.New()
        var base = context.Background()
        func store(k string) { cache.Store(k, make([]byte, 100)) } //@map
        func push() { l.PushBack(make([]byte, 100)) } //@list
        func derive() { ctx, _ := context.WithCancel(base); use(ctx) } //@ctx
        func use(ctx context.Context) {}
        func watch() {
          c := make(chan os.Signal, 1) //@chan
          signal.Notify(c) //@notify
        }
        func main() { store(""); push(); derive(); watch() }
        `,
        'map main.store',
      ),
    ).toEqual(['sync-map-store main.cache@map']);
    const source = `
        import ("context"; "os"; "os/signal"; "container/list")
        var l = list.New()
        var base = context.Background()
        func push() { l.PushBack(make([]byte, 100)) } //@list
        func derive() { ctx, _ := context.WithCancel(base); use(ctx) } //@ctx
        func use(ctx context.Context) {}
        func watch() {
          c := make(chan os.Signal, 1) //@chan
          signal.Notify(c) //@notify
        }
        func main() { push(); derive(); watch() }`;
    expect(flow(source, 'list main.push')).toEqual(['list-push main.l@list']);
    expect(flow(source, '- context.WithCancel', 'ctx main.derive')).toEqual(['context-child main.base@ctx']);
    expect(flow(source, 'chan main.watch')).toEqual(['registration c@notify']);
  });

  it('knows that what hangs on a derived context hangs on its parent', () => {
    expect(
      flow(
        `
        import "context"
        type server struct{ ctx context.Context }
        func (s *server) handle() {
          ctx, _ := context.WithCancel(s.ctx) //@derive
          wait(ctx) //@call
        }
        func wait(ctx context.Context) {
          <-ctx.Done() //@done
        }
        func main() { (&server{}).handle() }
        `,
        '- context.(*cancelCtx).Done',
        'done main.wait',
        'call main.(*server).handle',
      ),
    ).toEqual(['context-child main.server.ctx@derive']);
  });

  it('sees a chain that gets longer', () => {
    expect(
      flow(
        `
        import "context"
        type key struct{}
        type session struct{ ctx context.Context }
        func (s *session) step() {
          s.ctx = context.WithValue(s.ctx, key{}, 1) //@link
        }
        func main() { s := &session{}; for { s.step() } }
        `,
        '- context.WithValue',
        'link main.(*session).step',
      ),
    ).toContain('linked main.session.ctx@link');
  });

  it('crosses packages by the frames of the stack and by imports', () => {
    expect(
      flow(
        `-- store/store.go --
package store
type Store struct{ items map[string][]byte }
func (s *Store) Put(k string, v []byte) {
  s.items[k] = v //@retain
}
-- main.go --
package main
import "example.com/app/store"
var s store.Store
func fetch() []byte {
  return make([]byte, 4096) //@alloc
}
func handle() {
  v := fetch() //@call
  s.Put("k", v)
}
func main() { handle() }
`,
        'alloc main.fetch',
        'call main.handle',
        'retain example.com/app/store.(*Store).Put',
      ),
    ).toEqual(['map-assign store.Store.items@retain']);
  });

  it('prefers the holder that lives on to the slice that dies with its function', () => {
    expect(
      flow(
        `
        type batch struct{ rows []*row }
        type row struct{ b [128]byte }
        var all []*batch
        func load() *batch {
          out := []*row{}
          for i := 0; i < 10; i++ {
            out = append(out, &row{}) //@alloc
          }
          return &batch{rows: out}
        }
        func tick() {
          b := load() //@call
          all = append(all, b) //@retain
        }
        func main() { tick() }
        `,
        'alloc main.load',
        'call main.tick',
      ),
    ).toEqual(['append main.all@retain']);
  });

  it('sees a queue that is drained at its head, and an alias of it', () => {
    expect(
      flow(
        `
        type queue struct{ items []*item }
        type item struct{ b [64]byte }
        func (q *queue) push() {
          q.items = append(q.items, &item{}) //@retain
        }
        func (q *queue) pop() *item {
          i := q.items[0]
          q.items = q.items[1:]
          return i
        }
        func main() { q := &queue{}; q.push(); q.pop() }
        `,
        'retain main.(*queue).push',
      ),
    ).toEqual(['append main.queue.items@retain reslice-head']);
  });

  it('takes a long-lived buffer for a slice that is appended to, with its resets', () => {
    expect(
      flow(
        `
        import ("bytes"; "fmt")
        type audit struct{ log bytes.Buffer }
        func (a *audit) note(user string) {
          fmt.Fprintf(&a.log, "%s logged in", user) //@write
        }
        func (a *audit) rotate() { a.log.Reset() }
        var trail audit
        func main() { trail.note("anna"); trail.rotate() }
        `,
        '- bytes.(*Buffer).Write',
        '- fmt.Fprintf',
        'write main.(*audit).note',
      ),
    ).toEqual(['append main.audit.log@write clear']);
  });

  it('keeps a builder or buffer apart from what is written into it', () => {
    expect(
      flow(
        `
        import "strings"
        var names []string
        func join(parts []string) {
          var b strings.Builder
          for _, p := range parts {
            b.WriteString(p) //@alloc
          }
          names = append(names, b.String()) //@retain
        }
        func main() { join(nil) }
        `,
        '- strings.(*Builder).WriteString',
        'alloc main.join',
      ),
    ).toEqual(['append main.names@retain']);
  });
});
