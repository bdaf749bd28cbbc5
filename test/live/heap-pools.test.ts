// What one walk of a real process says of buffers that lie in a sync.Pool, and of innocent ones beside them.
import { afterAll, describe, expect, it } from 'vitest';
import { canBuild, mayRead } from './heap-rights.ts';
import { markedProgram } from './marked-program.ts';

/** Each comment names what its line allocates. */
const program = `package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"sync"
	"time"
)

type buffer struct{ data []byte }

type exporter struct{ buffers sync.Pool }

var (
	filled  sync.Pool
	emptied sync.Pool
	blocks  = sync.Pool{New: func() any { return &buffer{make([]byte, 100, 50000)} }} // ordinary
	free    []*buffer
	inUse   []*buffer
)

func grow(n int) []byte  { return make([]byte, n) } // oversized
func fill(n int) []byte  { return make([]byte, n) } // used
func reset(n int) []byte { return make([]byte, n) } // reset
func keep(n int) []byte  { return make([]byte, n) } // listed
func use(n int) []byte   { return make([]byte, n) } // taken

func main() {
	runtime.MemProfileRate = 1
	debug.SetGCPercent(-1)
	x := new(exporter)
	for i := 0; i < 40; i++ {
		x.buffers.Put(&buffer{grow(50000)[:100]})
		filled.Put(&buffer{fill(50000)})
		emptied.Put(&buffer{reset(50000)[:0]})
		free = append(free, &buffer{keep(50000)[:100]})
		inUse = append(inUse, &buffer{use(50000)[:100]})
	}
	for _, b := range inUse {
		x.buffers.Put(b)
	}
	var made []any
	for i := 0; i < 40; i++ {
		made = append(made, blocks.Get())
	}
	for _, b := range made {
		blocks.Put(b)
	}
	made = nil
	runtime.GC()
	fmt.Println("ready")
	time.Sleep(time.Hour)
	runtime.KeepAlive(runtime.MemProfile)
	fmt.Println(x, free, inUse, made)
}
`;

describe.skipIf(!canBuild || !mayRead)(
  'buffers in a sync.Pool (needs Go, linux/amd64 and the right to read a process)',
  () => {
    const built = markedProgram('pools', program);
    afterAll(built.remove);

    /** By mark: how many of the sampled buffers a pool alone holds, and how many of them are oversized. */
    async function pooledOf(go: string | undefined, flags: readonly string[]): Promise<Record<string, string>> {
      const found: Record<string, string> = {};
      for (const { mark, held } of await built.walk(go, flags)) {
        // The pool's New makes a buffer and its array on one line.
        if (!held.frames.some((frame) => frame.functionName === 'runtime.makeslice')) continue;
        const { pooled, sampledObjects } = held;
        found[mark] = `${pooled?.objects ?? 0} of ${sampledObjects}, ${pooled?.oversized ?? 0} oversized`;
      }
      return found;
    }

    const builds = [
      { go: undefined, flags: [], told: 40 },
      { go: 'go1.21.13', flags: [], told: 40 },
      // No type says that the arrays are slices: nothing is said of how much of them is used.
      { go: undefined, flags: ['-ldflags=-s -w'], told: undefined },
    ];
    it.each(builds)('are told from those that are in use ($go $flags)', async ({ go, flags, told }) => {
      const found = await pooledOf(go, flags);
      expect(found).toEqual({
        oversized: `40 of 40, ${told ?? 0} oversized`,
        used: '40 of 40, 0 oversized',
        reset: '40 of 40, 0 oversized',
        ordinary: `40 of 40, ${told ?? 0} oversized`,
        listed: '0 of 40, 0 oversized',
        taken: '0 of 40, 0 oversized',
      });
    });
  },
);
