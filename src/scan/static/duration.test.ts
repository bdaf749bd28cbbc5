import { describe, expect, it } from 'vitest';
import { readGrammar } from '../../capture/read-grammar.ts';
import { argumentsOf } from '../calls.ts';
import { createGoParser } from '../go-parser.ts';
import { createProgram } from '../program.ts';
import { walk } from '../syntax.ts';
import { durationSeconds, spoken } from './duration.ts';

const parser = await createGoParser(await readGrammar());

function secondsOf(expression: string, constants = ''): number | undefined {
  const source = `package app\n${constants}\nfunc f() { wait(${expression}) }`;
  const program = createProgram(new Map([['/app/a.go', source]]), parser);
  const pkg = program.packages()[0]!;
  const call = [...walk(pkg.files[0]!.root)].find((node) => node.kind === 'call_expression')!;
  return durationSeconds(pkg, argumentsOf(call)[0]!);
}

describe('durationSeconds', () => {
  it('reads products, sums and units', () => {
    expect(secondsOf('time.Minute')).toBe(60);
    expect(secondsOf('10 * time.Minute')).toBe(600);
    expect(secondsOf('time.Duration(2) * time.Hour')).toBe(7200);
    expect(secondsOf('time.Hour + 30*time.Minute')).toBe(5400);
    expect(secondsOf('time.Second / 2')).toBe(0.5);
  });

  it('looks constants of the package up', () => {
    expect(secondsOf('patience', 'const patience = 5 * time.Minute')).toBe(300);
    expect(secondsOf('n * time.Second', 'const (\n n = 3\n)')).toBe(3);
  });

  it('does not know what is decided elsewhere', () => {
    expect(secondsOf('cfg.Timeout')).toBeUndefined();
    expect(secondsOf('time.Duration(n) * time.Second')).toBeUndefined();
    expect(secondsOf('1000')).toBeUndefined();
    expect(secondsOf('a', 'const a = b\nconst b = a')).toBeUndefined();
  });

  it('is said in the largest unit that fits', () => {
    expect([45, 600, 5400, 7200].map(spoken)).toEqual(['45 s', '10 min', '90 min', '2 h']);
  });
});
