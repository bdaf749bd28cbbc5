import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { highlightGo } from './highlight.ts';

const textOf = (source: string): string =>
  highlightGo(source)
    .map((line) => line.map(({ text }) => text).join(''))
    .join('\n');

describe('Go source in colours', () => {
  it('has keywords, strings and comments, line by line, also those over several lines', () => {
    const lines = highlightGo('func f() {\n\t/* a\n\t   b */\n\treturn "x"\n}');
    expect(lines).toHaveLength(5);
    expect(lines[0]).toContainEqual({ text: 'func', style: 'hljs-keyword' });
    expect(lines[1]).toContainEqual({ text: '/* a', style: 'hljs-comment' });
    expect(lines[2]).toEqual([{ text: '\t   b */', style: 'hljs-comment' }]);
  });

  it('is the very text that came in, markup and all', () => {
    const nasty = 'x := "<script>alert(1)</script>" // &amp; <b class="a">\'';
    expect(textOf(nasty)).toBe(nasty);
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('<', '>', '&', '"', "'", '`', '/', '*', '\n', 'a', ';', '{') }),
        (text) => {
          expect(textOf(text)).toBe(text);
        },
      ),
    );
  });
});
