// How Go programs hand values around, each idiom drawn once: where does the value end up?
import { describe, expect, it } from 'vitest';
import { drawFlow } from '../../test/drawing/draw-flow.ts';

describe('a value is followed', () => {
  it('into a generic container', () => {
    const flow = drawFlow(
      `package main
type cache[K comparable, V any] struct { items map[K]V }
func (c *cache[K, V]) put(k K, v V) { c.items[k] = v } //@keep
type session struct { b []byte }
var sessions = &cache[string, *session]{items: map[string]*session{}}
func open(id string) { s := &session{b: make([]byte, 100)} //@alloc
 sessions.put(id, s) }
func main() { open("a") } //@call`,
      'alloc main.open',
      'call main.main',
    );
    expect(flow).toEqual(['map-assign main.cache.items@keep']);
  });

  it('through an interface', () => {
    const flow = drawFlow(
      `package main
type store interface { save(r *rec) }
type rec struct { b []byte }
type mem struct { rows []*rec }
func (m *mem) save(r *rec) { m.rows = append(m.rows, r) } //@keep
type svc struct { st store }
func (s *svc) handle() { r := &rec{b: make([]byte, 10)} //@alloc
 s.st.save(r) }
func main() { s := &svc{st: &mem{}}; for { s.handle() } } //@call`,
      'alloc main.(*svc).handle',
      'call main.main',
    );
    expect(flow).toEqual(['append main.mem.rows@keep']);
  });

  it('through a method of an embedded struct', () => {
    const flow = drawFlow(
      `package main
type base struct { log []*ev }
type ev struct { b []byte }
func (b *base) note(e *ev) { b.log = append(b.log, e) } //@keep
type svc struct { base }
func (s *svc) handle() { e := &ev{b: make([]byte, 10)} //@alloc
 s.note(e) }
func main() { s := &svc{}; for { s.handle() } } //@call`,
      'alloc main.(*svc).handle',
      'call main.main',
    );
    expect(flow).toEqual(['append main.base.log@keep']);
  });

  it('out of a channel in a field', () => {
    const flow = drawFlow(
      `package main
type ev struct { b []byte }
type hub struct { in chan *ev; all map[int]*ev; n int }
func (h *hub) run() { for e := range h.in { h.n++; h.all[h.n] = e } } //@keep
func (h *hub) post() { e := &ev{b: make([]byte, 10)} //@alloc
 h.in <- e }
func main() { h := &hub{in: make(chan *ev), all: map[int]*ev{}}; go h.run(); for { h.post() } } //@call`,
      'alloc main.(*hub).post',
      'call main.main',
    );
    expect(flow).toEqual(['map-assign main.hub.all@keep']);
  });

  it('through a type switch', () => {
    const flow = drawFlow(
      `package main
type rec struct { b []byte }
var all []*rec
func put(x any) { switch v := x.(type) { case *rec: all = append(all, v) } } //@keep
func main() { put(&rec{b: make([]byte, 10)}) } //@alloc`,
      'alloc main.main',
    );
    expect(flow).toEqual(['append main.all@keep']);
  });

  it('as a part of a struct that is a key', () => {
    const flow = drawFlow(
      `package main
import "fmt"
type key struct { a, b string }
var hits = map[key]int{}
func hit(i int) { k := key{a: fmt.Sprintf("%d", i), b: "x"} //@alloc
 hits[k]++ } //@keep
func main() { hit(1) } //@call`,
      '- fmt.Sprintf',
      'alloc main.hit',
      'call main.main',
    );
    expect(flow).toEqual(['map-assign main.hits@keep']);
  });

  it('cut by Cut and Split out of what a builder was filled with', () => {
    const flow = drawFlow(
      `package main
import ("io"; "strings")
var known = map[string]bool{}
func read(r io.Reader) string { var sb strings.Builder
 if _, err := io.Copy(&sb, r); err != nil { return "" } //@alloc
 return sb.String() }
func main() { head, _, _ := strings.Cut(read(nil), "\\n") //@call
 for _, line := range strings.Split(head, "\\n") { _, value, _ := strings.Cut(line, ":"); known[value] = true } } //@keep`,
      '- strings.(*Builder).Write',
      'alloc main.read',
      'call main.main',
    );
    expect(flow).toEqual(['map-assign main.known@keep substring@call']);
  });

  it('as the match of a regular expression', () => {
    const flow = drawFlow(
      `package main
import "regexp"
var re = regexp.MustCompile("a"); var ids []string
func body() string { return string(make([]byte, 9000)) } //@alloc
func read() { m := re.FindStringSubmatch(body()) //@cut
 ids = append(ids, m[1]) } //@keep
func main() { read() } //@call`,
      'alloc main.body',
      'cut main.read',
      'call main.main',
    );
    expect(flow).toEqual(['append main.ids@keep substring@cut']);
  });

  it('by a method value that is registered', () => {
    const flow = drawFlow(
      `package main
type bus struct { subs map[int]func(int); n int }
func (b *bus) sub(f func(int)) { b.n++; b.subs[b.n] = f } //@keep
type job struct { b []byte }
func (j *job) got(int) {}
var events = &bus{subs: map[int]func(int){}}
func start() { j := new(job); j.b = make([]byte, 100) //@alloc
 events.sub(j.got) }
func main() { start() } //@call`,
      'alloc main.start',
      'call main.main',
    );
    expect(flow).toEqual(['map-assign main.bus.subs@keep']);
  });

  it('into a list without locks', () => {
    const flow = drawFlow(
      `package main
import "sync/atomic"
type node struct { next *node; b []byte }
var head atomic.Pointer[node]
func push() { n := &node{b: make([]byte, 10)} //@alloc
 for { old := head.Load(); n.next = old; if head.CompareAndSwap(old, n) { return } } } //@keep
func main() { push() } //@call`,
      'alloc main.push',
      'call main.main',
    );
    expect(flow).toEqual(['field-assign main.head@keep']);
  });

  it('into a chain of contexts that a helper builds', () => {
    const flow = drawFlow(
      `package main
import ("context"; "fmt")
type step struct { attrs map[string]string }
func begin(ctx context.Context, attrs map[string]string) context.Context {
 s := &step{attrs: attrs}
 return context.WithValue(ctx, 7, s) }
func run(ctx context.Context) { for row := 0; ctx.Err() == nil; row++ {
 attrs := map[string]string{}
 attrs["row"] = fmt.Sprintf("%d", row) //@alloc
 ctx = begin(ctx, attrs) //@keep
 } }
func main() { run(nil) } //@call`,
      '- fmt.Sprintf',
      'alloc main.run',
      'call main.main',
    );
    expect(flow).toEqual(['linked ctx@keep']);
  });

  it('into a chain that a constructor of the program builds', () => {
    const flow = drawFlow(
      `package main
type logger struct { up *logger; b []byte }
func (l *logger) child() *logger { return &logger{up: l, b: make([]byte, 10)} } //@alloc
func newLogger(up *logger) *logger { return &logger{up: up, b: make([]byte, 10)} } //@alloc2
var current *logger
func main() { for { current = newLogger(current) } } //@keep`,
      'alloc2 main.newLogger',
      'keep main.main',
    );
    expect(flow).toEqual(['linked main.current@keep', 'global-assign main.current@keep']);
  });

  it('nowhere, when its map is made anew in each turn', () => {
    const flow = drawFlow(
      `package main
import "fmt"
func main() { for { m := map[string]string{}; m["a"] = fmt.Sprint(1) //@alloc
 print(len(m)) } }`,
      '- fmt.Sprint',
      'alloc main.main',
    );
    expect(flow).toEqual([]);
  });
});
