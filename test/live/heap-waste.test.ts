// What one walk of a real process says of arrays that are seen in part and of elements that no slice shows, for shapes that
// waste memory and for innocent ones beside them; with types, and stripped of them.
import { afterAll, describe, expect, it } from 'vitest';
import { canBuild, mayRead } from './heap-rights.ts';
import { markedProgram } from './marked-program.ts';

/** Each comment names what its line allocates. */
const program = `package main

import (
	"bytes"
	"fmt"
	"runtime"
	"strings"
	"time"
)

type row struct{ body [600]byte }
type page struct{ title string }
type head struct {
	port  int
	bytes []byte
}
type batch struct {
	id      int
	pending []*row
}
type buffer struct {
	data *[8192]byte
	r, w int
}
type session struct{ out bytes.Buffer }

var (
	pages    []*page
	heads    []*head
	tails    []*head
	batches  []*batch
	lasts    [][]*row
	texts    [][]string
	conns    []*head
	buffers  []*buffer
	sessions []*session
	rooms    []*batch
	free     [][]*row
	inUse    []*row
	rings    []*batch
)

func text(n int) string { return strings.Repeat(fmt.Sprint("title ", n, ";"), 600) } // substring
func array() []byte     { return make([]byte, 9000) }                                // subslice
func packet() []byte    { return make([]byte, 7000) }                                // tail
func spare() *row       { return new(row) }                                          // spare
func gone() *row        { return new(row) }                                          // gone
func full(n int) string { return strings.Repeat(fmt.Sprint("place ", n, ";"), 600) } // shared
func read() []byte      { return make([]byte, 5000) }                                // filled
func object() *[8192]byte { return new([8192]byte) }                                 // object
func taken() *row       { return new(row) }                                          // taken
func shown() *row       { return new(row) }                                          // shown

//go:noinline
func fill(n int) {
	pages = append(pages, &page{text(n)[6:16]})
	heads = append(heads, &head{n, array()[:16]})
	tails = append(tails, &head{n, packet()[:32:32]})

	b := &batch{id: n, pending: make([]*row, 0, 16)}
	for i := 0; i < 16; i++ {
		b.pending = append(b.pending, spare())
	}
	b.pending = b.pending[:0]
	batches = append(batches, b)

	window := make([]*row, 0, 12)
	for i := 0; i < 12; i++ {
		window = append(window, gone())
	}
	lasts = append(lasts, window[10:])

	texts = append(texts, strings.Split(full(n), ";"))
	conns = append(conns, &head{n, read()})
	buffers = append(buffers, &buffer{object(), 3, 40})
	s := &session{}
	s.out.WriteString("ready")
	sessions = append(sessions, s)
	rooms = append(rooms, &batch{id: n, pending: make([]*row, 0, 64)})

	list := make([]*row, 0, 8)
	for i := 0; i < 8; i++ {
		list = append(list, taken())
	}
	inUse = append(inUse, list[4:]...)
	free = append(free, list[:4])

	ring := &batch{id: n, pending: make([]*row, 8)}
	for i := range ring.pending {
		ring.pending[i] = shown()
	}
	rings = append(rings, ring)
}

func main() {
	runtime.MemProfileRate = 1
	for n := 0; n < 100; n++ {
		fill(n)
	}
	runtime.GC()
	runtime.GC()
	fmt.Println("ready")
	time.Sleep(time.Hour)
	runtime.KeepAlive(runtime.MemProfile)
	fmt.Println(len(pages), heads, tails, batches, lasts, texts, conns, buffers, sessions, rooms, free, inUse, rings)
}
`;

describe.skipIf(!canBuild || !mayRead)(
  'waste in a heap (needs Go, linux/amd64 and the right to read a process)',
  () => {
    const built = markedProgram('waste', program);
    afterAll(built.remove);

    /** By mark: `cut` and `lost` in words. */
    async function wasteOf(go: string | undefined, flags: readonly string[]): Promise<Record<string, string>> {
      const found: Record<string, string> = {};
      for (const { mark, held } of await built.walk(go, flags)) {
        const { cut, lost } = held;
        const where = cut?.withinCapacity === true ? 'within capacity' : '';
        const slots = lost !== undefined && lost.spare === lost.objects ? 'spare' : 'gone';
        found[mark] = [
          cut === undefined ? '' : `${cut.kind} ${where}`,
          lost === undefined ? '' : `lost in ${lost.arrays >= 20 ? 'many' : 'few'} arrays, ${slots}`,
        ]
          .filter(Boolean)
          .join(', ')
          .trim();
      }
      return found;
    }

    const builds = [
      { go: undefined, flags: [], tail: 'subslice' },
      { go: undefined, flags: ['-ldflags=-s -w'], tail: 'subslice' },
      { go: 'go1.23.12', flags: ['-ldflags=-s -w'], tail: 'subslice' },
      // No type says so, and numbers alone do not tell a capacity of 32 from a counter.
      { go: 'go1.21.13', flags: ['-ldflags=-s -w'], tail: '' },
    ];
    it.each(builds)('is told from what is in use ($go $flags)', async ({ go, flags, tail }) => {
      expect(await wasteOf(go, flags)).toEqual({
        substring: 'substring',
        subslice: 'subslice within capacity',
        tail,
        spare: 'lost in many arrays, spare',
        gone: 'lost in many arrays, gone',
        shared: '',
        filled: '',
        object: '',
        taken: '',
        shown: '',
      });
    });
  },
);
