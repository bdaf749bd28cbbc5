import { describe, expect, it } from 'vitest';
import { drawStackChange } from '../../../test/drawing/draw-stack-change.ts';
import { type FunctionColumn, sortFunctions, tabulateFunctions } from './function-table.ts';

const change = drawStackChange(
  'main.run main.serve http.read  1 > 5',
  'main.run main.serve http.parse  0 > 7',
  'main.run cache.walk cache.walk  9 > 2',
);

const drawn = (by: 'function' | 'package', column: FunctionColumn, descending = true, search = ''): string[] => {
  const table = tabulateFunctions(change, by);
  return Array.from(
    sortFunctions(table, column, descending, search),
    (row) =>
      `${table.name[row]} self ${table.ownBefore[row]}>${table.ownAfter[row]} all ${table.before[row]}>${table.after[row]}`,
  );
};

describe('the table of functions', () => {
  it('has what each holds itself and with its callees; recursion counts once', () => {
    expect(drawn('function', 'growth')).toEqual([
      'main.serve self 0>0 all 1>12',
      'http.parse self 0>7 all 0>7',
      'http.read self 1>5 all 1>5',
      'main.run self 0>0 all 10>14',
      'cache.walk self 9>2 all 9>2',
    ]);
  });

  it('adds up packages', () => {
    expect(drawn('package', 'after')).toEqual([
      'main self 0>0 all 10>14',
      'http self 1>12 all 1>12',
      'cache self 9>2 all 9>2',
    ]);
  });

  it('sorts both ways, by name too, and searches', () => {
    expect(drawn('function', 'ownGrowth', false)[0]).toMatch(/^cache\.walk/);
    expect(drawn('function', 'name', false).map((line) => line.split(' ')[0])).toEqual([
      'cache.walk',
      'http.parse',
      'http.read',
      'main.run',
      'main.serve',
    ]);
    expect(drawn('function', 'growth', true, 'HTTP')).toHaveLength(2);
  });
});
