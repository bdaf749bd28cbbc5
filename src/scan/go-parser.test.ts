import { describe, expect, it } from 'vitest';
import { readGrammar } from '../capture/read-grammar.ts';
import { createGoParser } from './go-parser.ts';

describe('the parser of Go', () => {
  it('is the same for all who ask for one at the same time', async () => {
    const grammar = await readGrammar();
    const texts = ['func a() { b() }', 'var m = map[string]int{}', 'type t struct{ f *int }'];
    const source = (text: string): string => `package p\n\n${text}\n`;
    const together = await Promise.all(
      texts.map(async (text, i) => {
        for (let turn = 0; turn < i; turn++) await createGoParser(grammar);
        const tree = (await createGoParser(grammar)).parse(source(text))!;
        await createGoParser(grammar);
        return tree.rootNode.toString();
      }),
    );
    expect(together).toEqual([
      expect.stringContaining('(function_declaration name: (identifier)'),
      expect.stringContaining('(map_type key: (type_identifier) value: (type_identifier))'),
      expect.stringContaining('(struct_type (field_declaration_list'),
    ]);
  });
});
