import { describe, expect, it } from 'vitest';
import { drawStack } from '../../test/drawing/draw-estimate.ts';
import { createStackTableBuilder, framesOf, noStack } from '../model/stacks.ts';
import { withoutCollector } from './without-collector.ts';

/** One sampled object a stack; the innermost functions of those that are left. */
function left(...drawn: readonly string[]): readonly string[] {
  const builder = createStackTableBuilder();
  const stack = drawn.map((text) =>
    [...drawStack(text)]
      .reverse()
      .reduce(
        (row, { functionName, file, line }) => builder.internStack(row, builder.internFrame(functionName, file, line)),
        noStack,
      ),
  );
  const sampled = withoutCollector({
    length: stack.length,
    node: Int32Array.from(stack, (_, row) => row + 1),
    stack: Int32Array.from(stack),
    stacks: builder.finish(),
  });
  return Array.from(
    { length: sampled.length },
    (_, row) => `${sampled.node[row]} ${framesOf(sampled.stacks, sampled.stack[row]!)[0]!.functionName}`,
  );
}

describe('samples', () => {
  it('that a collection takes below the line that started it are not of that line', () => {
    expect(
      left(
        'runtime.newobject malloc.go:1328 < main.load main.go:8',
        'runtime.acquireSudog proc.go:437 < runtime.gcStart mgc.go:629 < runtime.mallocgc malloc.go:1246 < main.load main.go:8',
        'runtime.acquireSudog proc.go:437 < runtime.gcMarkDone mgc.go:810 < runtime.gcAssistAlloc mgcmark.go:5 < main.load main.go:8',
        'runtime.makeslice slice.go:103 < main.load main.go:8',
      ),
    ).toEqual(['1 runtime.newobject', '4 runtime.makeslice']);
  });

  it('stay with whoever waits, or has a name like the collector', () => {
    expect(
      left(
        'runtime.acquireSudog proc.go:437 < runtime.chanrecv1 chan.go:442 < main.gcStart main.go:3',
        'main.gcLoop a.go:1',
      ),
    ).toEqual(['1 runtime.acquireSudog', '2 main.gcLoop']);
  });
});
