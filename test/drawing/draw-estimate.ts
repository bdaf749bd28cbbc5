// Stacks and growth, drawn: a stack as text, a value as its series over captures that are two seconds apart.
import type { GrowthEstimate, GrowthShape } from '../../src/model/growth.ts';
import type { Frame } from '../../src/model/stacks.ts';

export const everySeconds = 2;

/** `net/http.Get client.go:20 < main.poll /src/main.go:12` → frames, leaf first. */
export function drawStack(text: string): readonly Frame[] {
  return text.split(' < ').map((part) => {
    const match = /^(\S+)\s+(\S+):(\d+)$/.exec(part.trim());
    if (match === null) throw new Error(`not a frame: ${part}`);
    return { functionName: match[1]!, file: match[2]!, line: Number(match[3]) };
  });
}

export function drawEstimate(values: readonly number[], shape?: GrowthShape): GrowthEstimate {
  const first = values[0] ?? 0;
  const last = values.at(-1) ?? 0;
  const seconds = Math.max(1, (values.length - 1) * everySeconds);
  const perSecond = (last - first) / seconds;
  const grown = last > first && values.length >= 5;
  return {
    shape: shape ?? (values.length < 5 ? 'unclear' : grown ? 'growing' : last < first ? 'falling' : 'flat'),
    first,
    last,
    max: Math.max(...values),
    delta: last - first,
    deltaLow: (last - first) * 0.9,
    deltaHigh: (last - first) * 1.1,
    perSecond,
    perSecondLow: perSecond * 0.9,
    perSecondHigh: perSecond * 1.1,
    latePerSecond: perSecond,
    latePerSecondLow: perSecond * 0.8,
    pValue: grown ? 0.0001 : 0.8,
    captures: values.length,
    spanMs: seconds * 1000,
    rawSamples: undefined,
    watchLongerMs: values.length < 5 ? 20_000 : undefined,
    why: values.length < 5 ? 'too few captures' : undefined,
  };
}
