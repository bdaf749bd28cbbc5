import { describe, expect, it } from 'vitest';
import { drawWalk } from '../../test/drawing/draw-heap.ts';
import type { HeapWalk } from '../model/heap-graph.ts';
import { stuckGoroutines } from './stuck-goroutines.ts';

const stuckOf = (text: string, more?: Partial<HeapWalk>): string[] | string => {
  const walk = drawWalk(text, more);
  const answer = stuckGoroutines(walk);
  if (answer.kind === 'not-captured') return answer.why;
  return walk.graph.goroutines.startFunction.filter((_, row) => answer.value[row] === 1);
};

describe('stuckGoroutines', () => {
  it('proves a goroutine stuck when nothing that runs can reach what it waits for', () => {
    expect(
      stuckOf(`
        global main.cache > map
        goroutine main.main waits "sleep" > live
        goroutine main.lost waits "chan send" gone > gone
        goroutine main.waits waits "chan receive" live > live
        goroutine main.waitsForGlobal waits "chan receive" held
        map map[int]int 48 > held
        held chan_int 96
        live chan_int 96
        gone chan_int 96`),
    ).toEqual(['main.lost']);
  });

  it('counts what a goroutine that may be woken can reach, and so on', () => {
    expect(
      stuckOf(`
        goroutine main.main waits "sleep" > a
        goroutine main.first waits "chan receive" a > a
        frame main.first > b
        goroutine main.second waits "chan receive" b > b
        goroutine main.third waits "sync.Mutex.Lock" c > c
        goroutine main.fourth waits "chan send" c > c
        a chan_int 96
        b chan_int 96
        c main.Locked 96`),
    ).toEqual(['main.third', 'main.fourth']);
  });

  it('asks of a select that all its channels are out of reach', () => {
    expect(
      stuckOf(`
        global main.done > done
        goroutine main.one waits "select" a done > a done
        goroutine main.two waits "select" b c > b c
        a chan_int 96
        b chan_int 96
        c chan_int 96
        done chan_int 96`),
    ).toEqual(['main.two']);
  });

  it('takes the table of waiting goroutines for no holder, and nil channels for endless', () => {
    expect(
      stuckOf(`
        global runtime.semtable > record
        goroutine main.locker waits "sync.Mutex.Lock" lock > lock
        goroutine main.never waits "chan receive (nil chan)"
        record runtime.sudog 96 > lock
        lock main.Locked 64`),
    ).toEqual(['main.locker', 'main.never']);
  });

  it('does not report who waits on purpose, and does not take it for somebody who may act', () => {
    expect(
      stuckOf(`
        goroutine runtime.main waits "select (no cases)" > lost
        goroutine main.forever waits "select (no cases)"
        goroutine main.worker waits "chan receive" lost > lost
        lost chan_int 96`),
    ).toEqual(['main.worker']);
  });

  it('says nothing of waits that it does not know', () => {
    expect(stuckOf('goroutine main.reader waits "IO wait"\ngoroutine main.cond waits "sync.Cond.Wait"')).toEqual([]);
    expect(stuckOf('goroutine main.unknown waits "chan receive"')).toEqual([]);
  });

  it('proves nothing from a walk that is in doubt', () => {
    const text = 'goroutine main.lost waits "chan send" gone > gone\ngone chan_int 96';
    expect(stuckOf(text, { stopped: 'not-stopped' })).toBe('the process ran while it was read');
    const selfChecks = [{ name: 'spans', ok: false, detail: '' }];
    expect(stuckOf(text, { selfChecks })).toBe('the walk contradicts itself: spans');
  });
});
