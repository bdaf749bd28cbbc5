import { drawSource } from './draw-source.ts';

/** `append main.set.a@retain`, in order; the frames are given leaf first as `mark function`. */
export function drawFlow(source: string, ...frames: readonly string[]) {
  const drawn = drawSource(source);
  const stack = frames.map((frame) => {
    const [mark, functionName] = frame.split(' ') as [string, string];
    return mark === '-' ? { functionName, file: '/go/src/lib.go', line: 1 } : drawn.at(mark, functionName);
  });
  const found = drawn.facts.flowOf(stack);
  return (found?.keeps ?? []).map((keep) => {
    const cut = keep.transforms.find((t) => /sub|element/.test(t.kind));
    const removals = keep.removals.map((removal) => ` ${removal.kind}`).join('');
    const name = keep.container === undefined ? '' : ` ${keep.container.name}`;
    return `${keep.kind}${name}@${drawn.markOf(keep.site)}${cut === undefined ? '' : ` ${cut.kind}@${drawn.markOf(cut.site)}`}${removals}`;
  });
}
