// A Go program with objects of every kind that the heap walk reads, built in the ways that binaries are built.
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { byteSourceOf } from '../../src/base/byte-source.ts';
import { decodeBuildInfo } from '../../src/decode/buildinfo/decode-build-info.ts';
import { readElf } from '../../src/decode/elf/read-elf.ts';
import { layoutForVersion } from '../../src/goheap/layout-for-version.ts';
import { loadBiasOf } from '../../src/goheap/load-bias.ts';
import { openLiveMemory } from './live-memory.ts';

export const hasGo = process.platform === 'linux' && spawnSync('go', ['version']).status === 0;

const program = `package main

import (
	"fmt"
	"net"
	"net/http"
	_ "net/http/pprof"
	"runtime"
	"time"
)

type Node struct {
	Left, Right *Node
	Name        string
	Data        []byte
	Any         interface{}
	Err         error
	Tags        map[string]*Node
	Next        func() *Node
	Done        chan *Node
	Pair        [2]*Node
	Inner       struct {
		Count int32
		Last  *Node
	}
}

var (
	root   *Node
	cache  = map[string]*Node{}
	table  [1000]*Node
	shared interface{} = &Node{}
)

//go:noinline
func build(depth int) *Node {
	if depth == 0 {
		return nil
	}
	node := &Node{Left: build(depth - 1), Right: build(depth - 1), Name: fmt.Sprint("n", depth)}
	node.Data = make([]byte, 100*depth)
	return node
}

func wait(buffer []byte) {
	time.Sleep(time.Hour)
	runtime.KeepAlive(buffer)
}

func main() {
	root = build(12)
	count := len(cache)
	root.Tags, root.Done, root.Any, root.Err = cache, make(chan *Node, 8), &table, fmt.Errorf("failed")
	root.Next = func() *Node {
		count++
		return root.Left
	}
	runtime.KeepAlive(shared)
	for i := 0; i < 100; i++ {
		runtime.SetFinalizer(&Node{}, func(*Node) {})
	}
	for i := range table {
		cache[fmt.Sprint(i)] = build(3)
		table[i] = build(2)
	}
	for i := 0; i < 20; i++ {
		go wait(make([]byte, 1<<20))
	}
	runtime.GC()
	runtime.GC()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	fmt.Println(listener.Addr())
	panic(http.Serve(listener, nil))
}
`;

export interface HeapTarget {
  readonly pid: number;
  /** Of /debug/pprof. */
  readonly address: string;
  readonly stop: () => void;
}

export interface HeapPrograms {
  /** Builds (once) and starts it. */
  start(flags: readonly string[]): Promise<HeapTarget>;
  remove(): void;
}

export function makeHeapPrograms(): HeapPrograms {
  const directory = mkdtempSync(path.join(tmpdir(), 'leakline-heap-'));
  writeFileSync(path.join(directory, 'main.go'), program);
  writeFileSync(path.join(directory, 'go.mod'), 'module heapprogram\n\ngo 1.19\n');
  const running = new Set<ChildProcess>();
  return {
    async start(flags) {
      const binary = path.join(directory, `program${flags.join('').replace(/[^a-z]/g, '')}`);
      if (!existsSync(binary)) {
        execFileSync('go', ['build', ...flags, '-o', binary, '.'], {
          cwd: directory,
          stdio: ['ignore', 'ignore', 'inherit'],
        });
      }
      const child = spawn(binary, { stdio: ['ignore', 'pipe', 'inherit'] });
      running.add(child);
      const address = await new Promise<string>((resolve, reject) => {
        child.once('exit', (code) => reject(new Error(`it ended with ${code}`)));
        child.stdout.once('data', (bytes: Buffer) => resolve(bytes.toString().trim()));
      });
      const stop = () => {
        child.removeAllListeners('exit');
        child.kill('SIGKILL');
        running.delete(child);
      };
      return { pid: child.pid!, address, stop };
    },
    remove() {
      for (const child of running) child.kill('SIGKILL');
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** What the decoders of goheap start from, read from the running program. */
export async function openHeapTarget(pid: number) {
  const source = byteSourceOf(readFileSync(`/proc/${pid}/exe`));
  const elf = await readElf(source);
  const { goVersion } = await decodeBuildInfo(source);
  const memory = openLiveMemory(pid);
  const loadBias = loadBiasOf(elf, memory.imageMappings);
  return { source, elf, memory, loadBias, goVersion: goVersion!, layout: layoutForVersion(goVersion!)! };
}
