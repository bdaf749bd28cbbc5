// What one walk of a real process proves, on the programs of the zoo and on programs that only look like leaks.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, it } from 'vitest';
import { walkProcess } from '../../src/capture/heap/walk-process.ts';
import type { HeapProofs } from '../../src/model/heap-proofs.ts';
import { repository } from '../run-command.ts';
import { canBuild, mayRead } from './heap-rights.ts';

/** A line of an innocent program's own, and what it is. */
const innocents = `package main

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"sync"
	"time"
)

var tasks = make(chan func())

type queue struct {
	mu    sync.Mutex
	more  *sync.Cond
	items []int
}

var jobs = &queue{}

func (q *queue) work() {
	q.mu.Lock()
	defer q.mu.Unlock()
	for {
		for len(q.items) == 0 {
			q.more.Wait()
		}
		q.items = q.items[1:]
	}
}

func pool() {
	for task := range tasks {
		task()
	}
}

func onSignal(signals chan os.Signal) {
	for range signals {
	}
}

func later() {
	<-time.After(time.Hour)
}

func main() {
	jobs.more = sync.NewCond(&jobs.mu)
	for i := 0; i < 5; i++ {
		go pool()
		go jobs.work()
		go later()
	}
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt)
	go onSignal(signals)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	go http.Serve(listener, http.NotFoundHandler())
	for i := 0; i < 3; i++ {
		if r, err := http.Get("http://" + listener.Addr().String()); err == nil {
			r.Body.Close()
		}
	}
	replies := make(chan chan int)
	for i := 0; i < 4; i++ {
		go func() {
			for reply := range replies {
				reply <- 1
			}
		}()
		go func() {
			for {
				reply := make(chan int)
				replies <- reply
				<-reply
			}
		}()
	}
	fmt.Println("ready")
	select {}
}
`;

/** Finalizers that go on as soon as something else is ready. */
const waitsForMount = `package main

import (
	"fmt"
	"runtime"
	"time"
)

type archive struct{ mounted chan struct{} }

func (a *archive) mount() {
	time.Sleep(time.Hour)
	close(a.mounted)
}

type sheet struct{ image [7000]byte }

func scan(a *archive) {
	runtime.SetFinalizer(&sheet{}, func(*sheet) { <-a.mounted })
}

func main() {
	a := &archive{mounted: make(chan struct{})}
	go a.mount()
	for i := 0; i < 100; i++ {
		scan(a)
	}
	a = nil
	runtime.GC()
	runtime.GC()
	fmt.Println("ready")
	select {}
}
`;

/** A stopped timer stays in its heap, neither first nor last, until a quarter of the heap is such. */
const stoppedTimers = `package main

import (
	"fmt"
	"time"
)

func expire() {}

func abandon() {}

func main() {
	var timers, stopped []*time.Timer
	for i := 0; i < 1000; i++ {
		timers = append(timers, time.AfterFunc(time.Hour+time.Duration(i)*time.Second, expire))
		if i%10 == 5 {
			stopped = append(stopped, time.AfterFunc(time.Hour+time.Duration(i)*time.Second, abandon))
		}
	}
	for _, timer := range stopped {
		timer.Stop()
	}
	fmt.Println("ready")
	select {}
}
`;

describe.skipIf(!canBuild || !mayRead)('proofs of a walk (needs Go, Linux and the right to read a process)', () => {
  const directory = mkdtempSync(path.join(tmpdir(), 'leakline-proofs-'));
  const running = new Set<ChildProcess>();
  afterAll(() => {
    for (const child of running) child.kill('SIGKILL');
    rmSync(directory, { recursive: true, force: true });
  });

  const build = (name: string, from: string, cwd: string, go: string | undefined, flags: readonly string[] = []) => {
    const binary = path.join(directory, name.replace(/\W/g, '-'));
    const env = { ...process.env, ...(go === undefined ? {} : { GOTOOLCHAIN: go }) };
    execFileSync('go', ['build', ...flags, '-o', binary, from], { cwd, env, stdio: ['ignore', 'ignore', 'inherit'] });
    return binary;
  };
  /** Walks until something is proven that `enough` asks for. */
  const proofsOf = async (binary: string, enough: (proofs: HeapProofs) => boolean): Promise<HeapProofs> => {
    const child = spawn(binary, { stdio: ['ignore', 'pipe', 'inherit'] });
    running.add(child);
    await new Promise<void>((resolve, reject) => {
      child.once('exit', (code) => reject(new Error(`it ended with ${code}`)));
      child.stdout.once('data', () => resolve());
    });
    try {
      for (let tries = 0; ; tries++) {
        await sleep(700);
        const proofs = await (await walkProcess(child.pid!, { maxPauseMs: 5000 })).proofs();
        expect(proofs.doubts).toEqual([]);
        if (enough(proofs) || tries === 8) return proofs;
      }
    } finally {
      child.removeAllListeners('exit');
      child.kill('SIGKILL');
      running.delete(child);
    }
  };
  const zoo = (program: string, enough: (proofs: HeapProofs) => boolean, go?: string): Promise<HeapProofs> => {
    const cwd = path.join(repository, 'testdata/programs');
    return proofsOf(build(program + (go ?? ''), `./${program}`, cwd, go), enough);
  };
  /** Programs of older toolchains need a module of their own. */
  const old = (program: string, go: string, enough: (proofs: HeapProofs) => boolean): Promise<HeapProofs> => {
    const module = path.join(directory, `old-${program.replace(/\W/g, '-')}`);
    const source = path.join(repository, 'testdata/programs', program, 'main.go');
    mkdirSync(module, { recursive: true });
    writeFileSync(path.join(module, 'go.mod'), 'module example.com/old\n\ngo 1.20\n');
    const boot =
      'import "fmt"\n\ntype booting struct{}\n\nvar boot booting\n\nfunc (booting) Serve() { fmt.Println("ready") }\n';
    writeFileSync(path.join(module, 'boot.go'), `package main\n\n${boot}`);
    writeFileSync(
      path.join(module, 'main.go'),
      readFileSync(source, 'utf8').replace('\t"example.com/zoo/internal/boot"\n', ''),
    );
    return proofsOf(build(program + go, '.', module, go), enough);
  };

  const provenOf = (proofs: HeapProofs) => proofs.stuck.filter(({ proof }) => proof === 'unreachable');
  const hasProven = (proofs: HeapProofs): boolean => proofs.leakedGoroutines >= 10;

  it('proves senders that nobody receives from, with what they keep', async () => {
    const proofs = await zoo('hanging-goroutine/leaky', hasProven);
    const [group] = provenOf(proofs);
    expect(group).toMatchObject({ state: 'chan send', blockedAt: { functionName: 'main.ask' } });
    expect(group!.createdAt?.functionName).toBe('main.bestOffer');
    expect(group!.retainedBytes / group!.count).toBeGreaterThan(10_000);
    expect(proofs.leakedBytes).toBeGreaterThan(group!.count * 10_000);
  });

  it('proves workers on a channel that is never closed, and shows that they wait together', async () => {
    const [group] = provenOf(await zoo('hanging-goroutine/leaky-range', hasProven));
    expect(group).toMatchObject({ state: 'chan receive', blockedAt: { functionName: 'main.(*document).worker' } });
    expect(group!.counterparts.every(({ waitsToo }) => waitsToo)).toBe(true);
  });

  it('does not prove waiters for a lock that main can reach, and says so', async () => {
    const proofs = await zoo('hanging-goroutine/leaky-lock', ({ stuck }) => (stuck[0]?.count ?? 0) > 5);
    expect(provenOf(proofs)).toEqual([]);
    expect(proofs.stuck[0]).toMatchObject({
      state: 'sync.Mutex.Lock',
      wokenBy: { kind: 'goroutine', name: 'runtime.main', state: 'sleep' },
    });
  });

  it.each(['hanging-goroutine/healthy', 'hanging-goroutine/lookalike'])('proves nothing of %s', async (program) => {
    expect(provenOf(await zoo(program, () => true))).toEqual([]);
  });

  it.each(['go1.21.13', 'go1.23.12', undefined])('proves nothing of those that wait for work (%s)', async (go) => {
    const module = path.join(directory, `module-innocents-${go}`);
    mkdirSync(module, { recursive: true });
    writeFileSync(path.join(module, 'go.mod'), 'module example.com/innocents\n\ngo 1.20\n');
    writeFileSync(path.join(module, 'main.go'), innocents);
    const binary = build(`innocents-${go}`, '.', module, go);
    // Replies go through channels that live for a moment: several walks, so that one falls into it.
    let walks = 0;
    const proofs = await proofsOf(binary, (one) => one.leakedGoroutines > 0 || ++walks === 3);
    expect(provenOf(proofs)).toEqual([]);
    expect(proofs.stuck.find(({ startFunction }) => startFunction.includes('pool'))?.wokenBy).toMatchObject({
      kind: 'global',
      name: 'main.tasks',
    });
    const cond = proofs.stuck.find(({ state }) => state === 'sync.Cond.Wait');
    expect(cond).toMatchObject({ count: 5, wokenBy: { kind: 'global', name: 'main.jobs' } });
  });

  it.each(['go1.21.13', 'go1.23.12'])('proves the same on %s', async (go) => {
    const [group] = provenOf(await old('hanging-goroutine/leaky', go, hasProven));
    expect(group).toMatchObject({ state: 'chan send', blockedAt: { functionName: 'main.ask' } });
  });

  it('finds objects that only their finalizer leads to', async () => {
    const { finalizers } = await zoo('finalizer-cycle/leaky', (one) => one.finalizers.cycles.length > 0);
    expect(finalizers.cycles[0]).toMatchObject({ kind: 'finalizer', type: 'main.tile' });
    expect(finalizers.cycles[0]!.bytes).toBeGreaterThan(finalizers.cycles[0]!.count * 1000);
  });

  it.each(['finalizer-cycle/healthy', 'finalizer-cycle/lookalike'])('finds no cycle in %s', async (program) => {
    expect((await zoo(program, () => true)).finalizers.cycles).toEqual([]);
  });

  it('finds the finalizer that blocks all others, and how many wait behind it', async () => {
    const { finalizers } = await zoo('finalizer-blocked/leaky', (one) => one.finalizers.queuedFinalizers > 0);
    expect(finalizers.busy[0]).toMatchObject({
      state: 'chan send',
      at: { functionName: 'main.report' },
      mayGoOn: false,
      // The walk alone cannot know that no code will ever read what the variable leads to.
      byVariable: true,
    });
    expect(finalizers.queuedFinalizers).toBeGreaterThan(0);
  });

  it('does not call the finalizer stuck while a goroutine that sleeps can wake it', async () => {
    const module = path.join(directory, 'module-mounting');
    mkdirSync(module, { recursive: true });
    writeFileSync(path.join(module, 'go.mod'), 'module example.com/mounting\n\ngo 1.20\n');
    writeFileSync(path.join(module, 'main.go'), waitsForMount);
    const binary = build('mounting', '.', module, undefined);
    const { finalizers } = await proofsOf(binary, (one) => one.finalizers.busy.length > 0);
    expect(finalizers.busy[0]).toMatchObject({ state: 'chan receive', mayGoOn: true });
    expect(finalizers.queuedFinalizers).toBeGreaterThan(20);
  });

  it('counts what a loop defers, at its line', async () => {
    const { deferChains } = await zoo('defer-in-loop/leaky', (one) => (one.deferChains[0]?.count ?? 0) > 20);
    expect(deferChains).toHaveLength(1);
    expect(deferChains[0]).toMatchObject({ at: { functionName: 'main.(*indexer).work' } });
    expect(deferChains[0]!.bytes).toBeGreaterThan(deferChains[0]!.count * 10_000);
  });

  it('finds no long chain where functions defer and return', async () => {
    expect((await zoo('defer-in-loop/healthy', () => true)).deferChains).toEqual([]);
  });

  it('groups timers by what they do, with when they fire and what they keep', async () => {
    const { timers } = await zoo('timer-long-lived/leaky', (one) => (one.timers[0]?.count ?? 0) > 20);
    expect(timers[0]).toMatchObject({ name: expect.stringMatching(/^time\.AfterFunc main\./), periodNs: 0 });
    expect(timers[0]!.firstFiresInNs).toBeGreaterThan(60e9);
    expect(timers[0]!.bytes).toBeGreaterThan(timers[0]!.count * 1000);
  });

  it.each(['go1.21.13', 'go1.23.12', undefined])('counts no timer that was stopped (%s)', async (go) => {
    const module = path.join(directory, `module-stopped-${go}`);
    mkdirSync(module, { recursive: true });
    writeFileSync(path.join(module, 'go.mod'), 'module example.com/stopped\n\ngo 1.20\n');
    writeFileSync(path.join(module, 'main.go'), stoppedTimers);
    const { timers } = await proofsOf(build(`stopped-${go}`, '.', module, go), () => true);
    const functions = timers.filter(({ name }) => name.startsWith('time.AfterFunc main.'));
    expect(functions).toMatchObject([{ name: 'time.AfterFunc main.expire', count: 1000 }]);
    expect(functions[0]!.firstFiresInNs).toBeGreaterThan(600e9);
  });

  it('counts the children of contexts that live', async () => {
    const { contexts } = await zoo('context-not-cancelled/leaky', (one) => one.contexts.length > 0);
    expect(contexts[0]!.children).toBeGreaterThan(100);
    expect(contexts[0]!.childTypes).toEqual([{ type: 'context.cancelCtx', count: contexts[0]!.children }]);
  });
});
