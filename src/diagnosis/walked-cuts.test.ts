import { describe, expect, it } from 'vitest';
import { drawStack } from '../../test/drawing/draw-estimate.ts';
import { drawHeldFacts, nothingElse } from '../../test/drawing/draw-held-facts.ts';
import { drawSource } from '../../test/drawing/draw-source.ts';
import { drawDiagnosisInput } from '../../test/drawing/draw-suspects.ts';
import type { HeldObjects } from '../model/heap-facts.ts';
import { noSource } from '../scan/no-source.ts';
import { diagnose } from './diagnose.ts';
import { sliceHolderOf } from './walked-cuts.ts';

const up = [100, 700, 1300, 1900, 2500, 3100, 3700, 4300, 4900, 5500];
const frames = drawStack('main.load /lib/gen.go:5 < main.main /lib/gen.go:13');
const held = (path: string, more: Partial<HeldObjects> = {}): HeldObjects =>
  drawHeldFacts({ frames, path, ...nothingElse, ...(more as object) }).held[0]!;

describe('the place that shows a part', () => {
  it('is the innermost field with a slice or string, else the variable', () => {
    expect(sliceHolderOf(held('[]*main.table 900 > main.table 16 > .hot []*main.page 15 > main.page 4'))).toEqual({
      owner: 'table',
      name: 'hot',
    });
    expect(sliceHolderOf(held('[]*svc/store.Page 900 > svc/store.Page 9 > .title string data 9'))).toEqual({
      owner: 'Page',
      name: 'title',
    });
    expect(sliceHolderOf(held('[][]*main.row 900 > []*main.row 15 > main.row 4'))).toEqual({
      owner: undefined,
      name: 'all',
    });
  });

  it('has no name where a goroutine holds it by a variable of its own', () => {
    const local = { root: 'goroutine main.main', rootKind: 'goroutine' } as const;
    expect(sliceHolderOf(held('[]*main.row 900 > main.row 4', local))).toBeUndefined();
  });
});

describe('what only a walk finds cut', () => {
  const { facts } = drawSource(`package main
type page struct{ data [4096]byte }
type table struct{ hot []*page }
func (t *table) scan(pages []*page) {
  t.hot = pages[:1]
}
func main() {}
`);
  const found = (source: typeof facts) =>
    diagnose(
      drawDiagnosisInput({
        heap: [{ stack: 'main.load /lib/gen.go:5 < main.main /lib/gen.go:13', kib: up }],
        walk: drawHeldFacts({
          frames,
          path: '[]*main.table 5500 > main.table 16 > .hot []*main.page 15 > main.page 4',
          lost: { objects: 40, arrays: 30, spare: 0, byNumbers: 0 },
        }),
        source,
        module: 'main',
      }),
    ).findings.find(({ rule }) => rule === 'lost-slice-elements');

  it('is told with the line that cuts it', () => {
    const finding = found(facts);
    expect(finding).toMatchObject({
      certainty: 'proven',
      site: { function: 'main.(*table).scan', line: 5 },
    });
    expect(finding?.evidence.find(({ kind }) => kind === 'source')).toMatchObject({ text: 't.hot = pages[:1]' });
  });

  it('is told without it where no source can be read', () => {
    expect(found(noSource)).toMatchObject({ certainty: 'proven', site: { function: 'main.load', line: 5 } });
  });
});
