import { describe, expect, it } from 'vitest';
import { readGrammar } from '../../capture/read-grammar.ts';
import { calledName } from '../calls.ts';
import { createGoParser } from '../go-parser.ts';
import { part, type Syntax, syntaxOf, textOf, walk } from '../syntax.ts';
import { openExits } from './open-exits.ts';

const parser = await createGoParser(await readGrammar());

/** Exits of a function that calls `v, err = begin()` and `end()`: `return 5`, `again`, `end`. */
function exitsOf(body: string): readonly string[] | undefined {
  const text = `package p\nfunc f() error {\n${body}\n}`;
  const nodes = [...walk(syntaxOf(parser.parse(text)!, text))];
  const calls = (name: string): Syntax[] =>
    nodes.filter((node) => node.kind === 'call_expression' && calledName(node) === name);
  const declaration = nodes.find((node) => node.kind === 'function_declaration')!;
  const exits = openExits(part(declaration, 'body')!, {
    start: calls('begin')[0],
    ends: [
      ...calls('end'),
      ...nodes.filter((node) => node.kind === 'for_statement' && /^for more\(/.test(textOf(node))),
    ],
    failure: 'err',
    variable: 'v',
  });
  return exits?.map((exit) => (exit.kind === 'return' ? textOf(exit.node) : exit.kind));
}

describe('openExits', () => {
  it('finds the return before the end, and the missing end', () => {
    expect(exitsOf('v, err := begin()\n if x { return a }\n end()\n return b')).toEqual(['return a']);
    expect(exitsOf('v, err := begin()\n use(v)')).toEqual(['end']);
    expect(exitsOf('if x { return a }\n v, err := begin()\n end()\n return b')).toEqual([]);
  });

  it('knows that a failed start leaves nothing to end', () => {
    expect(exitsOf('v, err := begin()\n if err != nil { return err }\n end()')).toEqual([]);
    expect(exitsOf('v, err := begin()\n if err == nil { end() }\n return err')).toEqual([]);
    expect(
      exitsOf('v, err := begin()\n if errors.Is(err, x) { return a }\n if err != nil { return b }\n end()'),
    ).toEqual([]);
    expect(exitsOf('v, err := begin()\n switch err {\n case nil: end()\n default: return err\n }')).toEqual([]);
    expect(exitsOf('v, err := begin()\n if err != nil || v.Bad { return err }\n end()')).toEqual(['return err']);
    expect(exitsOf('v, err := begin()\n if v == nil { return a }\n end()')).toEqual([]);
  });

  it('does not take a later error for the one of the start', () => {
    expect(
      exitsOf('v, err := begin()\n if err != nil { return a }\n err = v.do()\n if err != nil { return b }\n end()'),
    ).toEqual(['return b']);
  });

  it('lets a deferred end count for what comes behind it, in a literal too', () => {
    expect(exitsOf('v, err := begin()\n defer end()\n if x { return a }\n return b')).toEqual([]);
    expect(exitsOf('v, err := begin()\n if x { return a }\n defer func() { end() }()\n return b')).toEqual([
      'return a',
    ]);
  });

  it('goes round loops, out of them and past cases', () => {
    expect(exitsOf('for {\n v, err := begin()\n if err != nil { continue }\n use(v)\n }')).toEqual(['again']);
    expect(exitsOf('for {\n v, err := begin()\n if v.ok { break }\n end()\n }')).toEqual(['end']);
    expect(exitsOf('L: for {\n v, err := begin()\n for { if x { continue L }; break }\n end()\n }')).toEqual(['again']);
    expect(
      exitsOf('v, err := begin()\n switch x {\n case 1: end()\n case 2: fallthrough\n default: end()\n }'),
    ).toEqual([]);
    expect(exitsOf('v, err := begin()\n switch x {\n case 1: end()\n }')).toEqual(['end']);
    expect(exitsOf('v, err := begin()\n select {\n case <-a: end()\n case <-b: return c\n }')).toEqual(['return c']);
  });

  it('ends with the loop that reads to the end, and not when it is left', () => {
    expect(exitsOf('v, err := begin()\n for more(v) { use(v) }\n return a')).toEqual([]);
    expect(exitsOf('v, err := begin()\n for more(v) { if x { return b } }\n return a')).toEqual(['return b']);
  });

  it('stops where the program or the goroutine stops', () => {
    expect(exitsOf('v, err := begin()\n if x { panic("x") }\n if y { log.Fatal(err) }\n end()')).toEqual([]);
    expect(exitsOf('v, err := begin()\n for { use(v) }')).toEqual([]);
  });

  it('does not judge goto', () => {
    expect(exitsOf('v, err := begin()\n goto L\nL: return a')).toBeUndefined();
  });
});
