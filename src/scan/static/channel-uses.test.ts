import { describe, expect, it } from 'vitest';
import { readGrammar } from '../../capture/read-grammar.ts';
import { createGoParser } from '../go-parser.ts';
import { createProgram } from '../program.ts';
import { part, type Syntax, textOf } from '../syntax.ts';
import { channelUses } from './channel-uses.ts';
import { packageFactsOf } from './package-facts.ts';

const parser = await createGoParser(await readGrammar());

/** What is done with the channel of the first send: `sends 1, receives 2, closes 0, room 0`, `escapes`. */
function usesOf(source: string): string {
  const program = createProgram(new Map([['/app/a.go', `package app\n${source}`]]), parser);
  const facts = packageFactsOf(program, program.packages()[0]!, {
    goVersion: 'go1.26',
    timersAreCollected: { answer: 'yes', why: '' },
  });
  const send = facts.nodes('send_statement')[0]!;
  const uses = channelUses(facts, part(send, 'channel')!)!;
  const lines = (nodes: readonly Syntax[]) => nodes.map((node) => textOf(node)).length;
  return uses.escapes
    ? 'escapes'
    : `sends ${lines(uses.sends)}, receives ${lines(uses.receives)}, closes ${lines(uses.closes)}, room ${uses.roomFor}`;
}

describe('channelUses', () => {
  it('counts what a function does with its own channel, in its literals too', () => {
    expect(usesOf('func f() {\n c := make(chan int, 2)\n go func() { c <- 1 }()\n <-c\n close(c)\n}')).toBe(
      'sends 1, receives 1, closes 1, room 2',
    );
  });

  it('follows it into functions of the package, and a parameter back to who calls', () => {
    const source = 'func g(c chan<- int) { c <- 1 }\nfunc f() {\n c := make(chan int)\n go g(c)\n for range c {}\n}';
    expect(usesOf(source)).toBe('sends 1, receives 1, closes 0, room 0');
  });

  it('knows a field by its type, whatever the variable is called, and fills it from literals', () => {
    const source = `type t struct { c chan int }
      func n() *t { return &t{c: make(chan int, 3)} }
      func (x *t) put() { x.c <- 1 }
      func (y *t) get() int { return <-y.c }
      func (z *t) Close() { close(z.c) }`;
    expect(usesOf(source)).toBe('sends 1, receives 1, closes 1, room 3');
  });

  it('takes a promoted field for that of the embedded type', () => {
    const source = `type base struct { c chan int }
      type t struct { base }
      func (x *base) put() { x.c <- 1 }
      func (y *t) Close() { close(y.c) }`;
    expect(usesOf(source)).toContain('closes 1');
  });

  it('does not speak about a channel that leaves the package or its sight', () => {
    expect(usesOf('func f() chan int {\n c := make(chan int)\n go func() { c <- 1 }()\n return c\n}')).toBe('escapes');
    expect(usesOf('func f() {\n c := make(chan int)\n lib.Watch(c)\n c <- 1\n}')).toBe('escapes');
    expect(usesOf('type t struct { C chan int }\nfunc (x *t) put() { x.C <- 1 }')).toBe('escapes');
    expect(usesOf('func F(c chan int) { c <- 1 }')).toBe('escapes');
  });

  it('does not guess a capacity that is not written down', () => {
    expect(usesOf('func f(n int) {\n c := make(chan int, n)\n c <- 1\n}')).toContain('room undefined');
  });
});
