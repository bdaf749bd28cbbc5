import { describe, expect, it } from 'vitest';
import { drawStackChange } from '../../../test/drawing/draw-stack-change.ts';
import { buildFlameTree, type FlameTree } from './flame-tree.ts';

/** A row a line, indented by depth: name, start+width, and before>after with everything above. */
function drawn(tree: FlameTree): string[] {
  return Array.from({ length: tree.length }, (_, row) =>
    [
      '  '.repeat(tree.depth[row]!) + tree.names[tree.name[row]!],
      `${tree.start[row]}+${tree.width[row]}`,
      `${tree.before[row]}>${tree.after[row]}`,
    ].join(' '),
  );
}

const change = drawStackChange(
  'main.run main.serve http.read  1 > 5',
  'main.run main.serve json.parse  0 > 7',
  'main.run main.serve  1 > 1',
  'main.run cache.fill cache.grow  9 > 2',
);

describe('the tree of a flame graph', () => {
  it('is as wide as what is there at the end, the widest first', () => {
    expect(drawn(buildFlameTree(change, { order: 'callers', width: 'size' }))).toEqual([
      'all 0+15 11>15',
      '  main.run 0+15 11>15',
      '    main.serve 0+13 2>13',
      '      json.parse 0+7 0>7',
      '      http.read 7+5 1>5',
      '    cache.fill 13+2 9>2',
      '      cache.grow 13+2 9>2',
    ]);
  });

  it('is as wide as what was added, so that what shrank elsewhere hides nothing', () => {
    expect(drawn(buildFlameTree(change, { order: 'callers', width: 'growth' }))).toEqual([
      'all 0+11 11>15',
      '  main.run 0+11 11>15',
      '    main.serve 0+11 2>13',
      '      json.parse 0+7 0>7',
      '      http.read 7+4 1>5',
      '    cache.fill 11+0 9>2',
      '      cache.grow 11+0 9>2',
    ]);
  });

  it('inverted, begins with who allocates and goes on to the callers', () => {
    const inverted = drawStackChange('a b x  3', 'c x  4', 'a b  1');
    expect(drawn(buildFlameTree(inverted, { order: 'inverted', width: 'size' }))).toEqual([
      'all 0+8 0>8',
      '  x 0+7 0>7',
      '    c 0+4 0>4',
      '    b 4+3 0>3',
      '      a 4+3 0>3',
      '  b 7+1 0>1',
      '    a 7+1 0>1',
    ]);
  });

  it('inverted, draws only the largest of very many stacks up to their entry, and loses nothing', () => {
    const many = Array.from({ length: 5000 }, (_, index) => `a b c d e leaf${index}  ${index === 7 ? 900 : 1}`);
    const tree = buildFlameTree(drawStackChange('a b c d e large  5000', ...many), {
      order: 'inverted',
      width: 'size',
    });
    const depthOf = (name: string): number => {
      const row = tree.name.indexOf(tree.names.indexOf(name));
      return Math.max(...Array.from({ length: tree.end[row]! - row }, (_, at) => tree.depth[row + at]!));
    };
    expect(tree.width[0]).toBe(5000 + 4999 + 900);
    expect([depthOf('large'), depthOf('leaf7'), depthOf('leaf8')]).toEqual([6, 6, 3]);
  });

  it('joins neighbours of one package', () => {
    expect(drawn(buildFlameTree(change, { order: 'packages', width: 'size' }))).toEqual([
      'all 0+15 11>15',
      '  main 0+15 11>15',
      '    json 0+7 0>7',
      '    http 7+5 1>5',
      '    cache 12+2 9>2',
    ]);
  });

  it('in focus, shows one function from wherever it is called, once when it calls itself', () => {
    const recursive = drawStackChange('a walk walk leaf  2', 'b walk leaf  3', 'c other  9');
    expect(drawn(buildFlameTree(recursive, { order: 'callers', width: 'size', focus: 'walk' }))).toEqual([
      'all 0+5 0>5',
      '  walk 0+5 0>5',
      '    leaf 0+3 0>3',
      '    walk 3+2 0>2',
      '      leaf 3+2 0>2',
    ]);
    expect(drawn(buildFlameTree(recursive, { order: 'inverted', width: 'size', focus: 'walk' }))).toEqual([
      'all 0+5 0>5',
      '  walk 0+5 0>5',
      '    b 0+3 0>3',
      '    walk 3+2 0>2',
      '      a 3+2 0>2',
    ]);
  });

  it('is one empty row when nothing is in focus, or nothing grew', () => {
    expect(drawn(buildFlameTree(change, { order: 'callers', width: 'size', focus: 'nowhere' }))).toEqual([
      'all 0+0 0>0',
    ]);
    expect(buildFlameTree(drawStackChange('a  4 > 4'), { order: 'callers', width: 'growth' }).width[0]).toBe(0);
  });

  it('knows which names are the own ones', () => {
    const tree = buildFlameTree(change, { order: 'callers', width: 'size' });
    expect(tree.names.filter((_, name) => tree.own[name] === 1)).toEqual(['main.run', 'main.serve']);
  });
});
