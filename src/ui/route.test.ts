import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatRoute, parseRoute, withQuery } from './route.ts';

describe('the state in the URL', () => {
  it('reads a view, what of it is looked at, and its query', () => {
    expect(parseRoute('#/finding/unbounded-map%40main.go%3A12?q=map&from=1')).toEqual({
      view: 'finding',
      item: 'unbounded-map@main.go:12',
      query: { q: 'map', from: '1' },
    });
    expect(parseRoute('')).toEqual({ view: '', query: {} });
    expect(parseRoute('#/growth')).toEqual({ view: 'growth', query: {} });
  });

  it('never throws at what somebody typed', () => {
    expect(parseRoute('#/%E0%A4%A/x?%%%')).toMatchObject({ view: '%E0%A4%A', item: 'x' });
  });

  it('comes back as it was written', () => {
    const text = fc.string({ unit: 'binary', minLength: 1 });
    const query = fc.dictionary(text, text).map((all) => ({ ...all }));
    fc.assert(
      fc.property(text, text, query, (view, item, values) => {
        expect(parseRoute(formatRoute({ view, item, query: values }))).toEqual({ view, item, query: values });
      }),
    );
  });

  it('changes one value and keeps the others', () => {
    const route = parseRoute('#/growth?q=map&from=1');
    expect(formatRoute(withQuery(route, { from: undefined, to: '9' }))).toBe('#/growth?q=map&to=9');
  });
});
