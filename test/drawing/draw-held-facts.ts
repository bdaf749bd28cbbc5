// What a heap walk says of the objects of one stack, for rules: the way that holds them, drawn as text.
import { notCaptured } from '../../src/base/captured.ts';
import type { HeapFacts, HeldObjects, HolderStep } from '../../src/model/heap-facts.ts';

export interface DrawnHeld extends Partial<Omit<HeldObjects, 'steps'>> {
  readonly frames: HeldObjects['frames'];
  /** `[]*main.Row 900 > .body []uint8 2`: label, type and KiB that each step retains. */
  readonly path: string;
}

/** A walk that says who holds the objects, and nothing that would prove a cause. */
export const nothingElse = {
  selfKept: 0,
  forsaken: 0,
  cut: undefined,
  lost: undefined,
  timers: undefined,
  pooled: undefined,
} as const;

export function drawHeldFacts({ path, ...held }: DrawnHeld, failedChecks: readonly string[] = []): HeapFacts {
  const steps = path.split(' > ').map((text): HolderStep => {
    const match = /^(?<label>[.[]\w*(?:\[…\])?(?= )|map \w+)?\s*(?<name>.*?) (?<kib>\d+)$/.exec(text);
    const { label = '', name = '', kib = '0' } = match?.groups ?? {};
    return { label, name, kind: 'object', retainedBytes: Number(kib) * 1024, repeats: 0 };
  });
  return {
    takenAtMs: 0,
    pauseMs: 1,
    objects: 10,
    bytes: 10,
    failedChecks,
    held: [
      {
        sampledObjects: 40,
        root: 'global main.all',
        rootKind: 'global',
        steps,
        retainedBytes: steps[0]!.retainedBytes,
        share: 1,
        ...nothingElse,
        ...held,
      },
    ],
    stuck: notCaptured('not drawn'),
    growing: undefined,
    containers: [],
    deferChains: [],
    finalizer: undefined,
    largeStacks: [],
  };
}
