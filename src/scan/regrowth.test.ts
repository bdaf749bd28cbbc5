import { describe, expect, it } from 'vitest';
import { drawSource } from '../../test/drawing/draw-source.ts';

/** Of the segment that is made in main.receive and cut on its way: may what is kept of it grow again? */
function regrowth(rest: string): readonly string[] {
  const source = drawSource(`
    package main
    import ("bytes"; "example.com/codec"; "fmt"; "io"; "strconv")
    type port struct{ hits int; head []byte }
    type probe struct{ ports [64]port; recent [][]byte }
    func receive() []byte {
      return make([]byte, 24000) //@alloc
    }
    ${rest}
    func main() { p := new(probe); for { p.keep(receive()) } } //@call
  `);
  const stack = [source.at('alloc', 'main.receive'), source.at('call', 'main.main')];
  return (source.facts.flowOf(stack)?.keeps ?? []).map((keep) => keep.regrowth);
}

const inField = 'func (p *probe) keep(b []byte) { p.ports[3].head = b[:16] }';
const inList = 'func (p *probe) keep(b []byte) { p.recent = append(p.recent, b[:16]) }';

describe('a kept part of an array does not grow again', () => {
  it('when nothing uses it', () => {
    expect(regrowth(inField)).toEqual(['never']);
    expect(regrowth(inList)).toEqual(['never']);
  });

  it('when it is only read, shown, copied or cut shorter', () => {
    expect(
      regrowth(`${inField}
        func magic(b []byte) bool { return bytes.Equal(b[:4], []byte("magic")) }
        func (p *probe) show(w io.Writer) {
          for i := range p.ports {
            head := p.ports[i].head
            if head == nil || len(head) < 4 || !magic(head) { continue }
            fmt.Fprintf(w, "%s %d\\n", string(head), head[0])
            own := append([]byte(nil), head...)
            w.Write(own)
          }
        }`),
    ).toEqual(['never']);
    expect(
      regrowth(`${inList}
        func (p *probe) show(w io.Writer) {
          for _, head := range p.recent { w.Write(head) }
          if len(p.recent) > 10000 { p.recent = p.recent[100:] }
        }`),
    ).toEqual(['never']);
  });
});

describe('a kept part of an array is shown to grow again', () => {
  it('when it is a buffer that is filled again', () => {
    expect(
      regrowth(`${inField}\nfunc (p *probe) add(c byte) { p.ports[3].head = append(p.ports[3].head, c) }`),
    ).toEqual(['shown']);
    expect(
      regrowth(`${inField}\nfunc (p *probe) fill(r io.Reader) { h := p.ports[3].head; io.ReadFull(r, h[:cap(h)]) }`),
    ).toEqual(['shown']);
  });
});

describe('a kept part of an array may grow again', () => {
  it('when something else is appended to it', () => {
    expect(
      regrowth(`${inField}\nfunc (p *probe) show(w io.Writer) { line := append(p.ports[3].head, 10); w.Write(line) }`),
    ).toEqual(['perhaps']);
    expect(
      regrowth(`${inField}\nfunc (p *probe) number(n int64) { strconv.AppendInt(p.ports[3].head, n, 10) }`),
    ).toEqual(['perhaps']);
    expect(
      regrowth(`${inList}\nfunc (p *probe) add(c byte) { for i, h := range p.recent { p.recent[i] = append(h, c) } }`),
    ).toEqual(['perhaps']);
  });

  it('in a function that it is handed to', () => {
    expect(
      regrowth(`${inField}
        func join(b []byte, c byte) []byte { return append(b, c) }
        func (p *probe) add(c byte) { p.ports[3].head = join(p.ports[3].head, c) }`),
    ).toEqual(['perhaps']);
  });

  it('when it is given away: returned, sent, stored, or handed to code that is not read', () => {
    expect(regrowth(`${inField}\nfunc (p *probe) get(i int) []byte { return p.ports[i].head }`)).toEqual(['perhaps']);
    expect(regrowth(`${inField}\nfunc (p *probe) send(c chan []byte) { c <- p.ports[3].head }`)).toEqual(['perhaps']);
    expect(regrowth(`${inList}\nvar all [][]byte\nfunc (p *probe) move() { all = append(all, p.recent...) }`)).toEqual([
      'perhaps',
    ]);
    expect(regrowth(`${inField}\nvar sink func([]byte)\nfunc (p *probe) out() { sink(p.ports[3].head) }`)).toEqual([
      'perhaps',
    ]);
  });

  it('when a library that is not read gets it, or one that gives parts of it back', () => {
    expect(regrowth(`${inField}\nfunc (p *probe) out() { codec.Add(p.ports[3].head) }`)).toEqual(['perhaps']);
    expect(regrowth(`${inField}\nfunc (p *probe) out(c *codec.Coder) { c.Push(p.ports[3].head) }`)).toEqual([
      'perhaps',
    ]);
    expect(regrowth(`${inField}\nfunc (p *probe) out() { x := bytes.TrimSpace(p.ports[3].head); p.add(x) }`)).toEqual([
      'perhaps',
    ]);
  });

  it('when other packages may see it, which are not all read', () => {
    const source = drawSource(`-- probe/probe.go --
      package probe
      type Port struct{ Head []byte; tail []byte }
      func Receive(p *Port) { b := make([]byte, 24000); p.Head = b[:16] } //@alloc
      func receive(p *Port) { b := make([]byte, 24000); p.tail = b[:16] } //@own
    `);
    const of = (mark: string, name: string) =>
      source.facts.flowOf([source.at(mark, `probe.${name}`)])?.keeps.map((keep) => keep.regrowth);
    expect(of('alloc', 'Receive')).toEqual(['perhaps']);
    expect(of('own', 'receive')).toEqual(['never']);
  });

  it('when it was not cut at all', () => {
    expect(regrowth('func (p *probe) keep(b []byte) { p.recent = append(p.recent, b) }')).toEqual(['perhaps']);
  });
});
