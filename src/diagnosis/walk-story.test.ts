import { describe, expect, it } from 'vitest';
import { nothingElse } from '../../test/drawing/draw-held-facts.ts';
import type { HeldObjects } from '../model/heap-facts.ts';
import { agrees, containerOf, holderBy } from './walk-story.ts';

/** `global main.cache 900 > .rows map[string]*main.Row 900 > map value main.Row 9`: what each step retains stands last. */
function drawHeld(text: string, more: Partial<HeldObjects> = {}): HeldObjects {
  const [root, ...steps] = text.split(' > ').map((part) => {
    const match = /^(?<label>[.[]\S*|map \w+|var \w+)?\s*(?<name>.*?)(?: ×(?<repeats>\d+))? (?<kib>\d+)$/.exec(part);
    const { label = '', name = '', repeats = '0', kib = '0' } = match?.groups ?? {};
    return { label, name, kind: 'object' as const, retainedBytes: Number(kib) * 1024, repeats: Number(repeats) };
  });
  return {
    frames: [],
    sampledObjects: 10,
    root: root!.name,
    rootKind: root!.name.split(' ')[0] as HeldObjects['rootKind'],
    steps,
    retainedBytes: root!.retainedBytes,
    share: 1,
    ...nothingElse,
    ...more,
  };
}

const kindOf = (text: string) => containerOf(drawHeld(text))?.kind;

describe('containerOf', () => {
  it('is what holds many times what its next step holds', () => {
    const held = drawHeld(
      'global main.api 900 > .store main.Store 900 > .rows map[string]*main.Row 900 > map value main.Row 9 > .tags []string 8',
    );
    expect(containerOf(held)).toEqual({ kind: 'map', name: '.rows map[string]*main.Row', step: 1 });
  });

  it('knows containers by the names of their types', () => {
    expect(kindOf('global main.q 900 > .in chan *main.Job 900 > main.Job 9')).toBe('chan');
    expect(kindOf('global main.bus 900 > .subs []func(int) 900 > func main.start.func1 9')).toBe('registry');
    expect(kindOf('global main.l 900 > .all []*main.Row 900 > [7] main.Row 9')).toBe('slice');
    expect(
      kindOf(
        'global main.c 900 > context.cancelCtx 900 > .children map[context.canceler]struct {} 900 > map key context.cancelCtx 9',
      ),
    ).toBe('context');
  });

  it('is a chain when one link holds the next again and again', () => {
    expect(kindOf('global main.last 900 > main.node ×400 900 > .body []uint8 2')).toBe('chain');
  });

  it('is the finalizer when nothing else leads to the objects', () => {
    expect(kindOf('special finalizer of *main.Sheet (one of 90) 900 > []*main.Tile 9 > main.Tile 1')).toBe('finalizer');
  });

  it('is nothing when one large object holds all', () => {
    expect(kindOf('global main.table 900 > .bytes []uint8 900')).toBeUndefined();
  });
});

describe('agrees', () => {
  const held = drawHeld('global main.api 900 > .rows map[string]*main.Row 900 > map value main.Row 9');
  const container = containerOf(held);

  it('confirms the cause that is about such a container, and denies another', () => {
    expect(agrees('unbounded-map', held, container)).toBe(true);
    expect(agrees('linked-chain', held, container)).toBe(false);
  });

  it('says nothing of causes that are not about their holder', () => {
    expect(agrees('substring', held, container)).toBeUndefined();
  });
});

describe('holderBy', () => {
  it('tells the way to what piles up, one of its entries, and the object', () => {
    const held = drawHeld(
      'goroutine main.serve 900 > main.serve 900 > var api main.API 900 > .rows map[string]*main.Row 900 > map value main.Row 9 > .a main.A 8 > .b main.B 7 > .c []uint8 6',
    );
    const first = { ...held.steps[0]!, kind: 'root' as const };
    expect(holderBy({ ...held, steps: [first, ...held.steps.slice(1)] }, containerOf(held))).toEqual({
      root: 'goroutine main.serve',
      path: ['var api main.API', '.rows map[string]*main.Row', 'map value main.Row', '… 2 more', '.c []uint8'],
      retainedBytes: 900 * 1024,
    });
  });
});
