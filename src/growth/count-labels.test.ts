import { describe, expect, it } from 'vitest';
import { countLabels } from './count-labels.ts';

/** A sample a line: `count group key=value key=value`. */
function labelsOf(text: string) {
  const lines = text.split('\n').map((line) => line.trim().split(' '));
  const labels = lines.map(([, , ...pairs]) =>
    pairs.map((pair) => {
      const [key = '', value = ''] = pair.split('=');
      return { key, value };
    }),
  );
  const labelStart = Int32Array.from([0, ...labels.map((_, at) => labels.slice(0, at + 1).flat().length)]);
  const groups = lines.map(([, group]) => group);
  const samples = {
    length: lines.length,
    values: [Float64Array.from(lines, ([count]) => Number(count))],
    locationStart: Int32Array.of(),
    location: Int32Array.of(),
    labelStart,
    labels: labels.flat(),
  };
  const counted = countLabels({ samples }, Int32Array.from(lines.keys()), (entry) => groups[entry]);
  return Object.fromEntries(
    [...counted].map(([group, of]) => [group, of.map(({ key, value, count }) => `${key}=${value} ${count}`)]),
  );
}

describe('labels of goroutines', () => {
  it('are counted by group, the commonest first; who carries none has none', () => {
    expect(
      labelsOf(`3 send tenant=acme job=sync
                5 send tenant=globex
                2 send tenant=acme
                9 main`),
    ).toEqual({ send: ['tenant=acme 5', 'tenant=globex 5', 'job=sync 3'] });
  });

  it('stay few where each goroutine has one of its own', () => {
    const many = Array.from({ length: 50 }, (_, at) => `1 send request=${at}`).join('\n');
    expect(labelsOf(many)['send']).toHaveLength(10);
  });
});
