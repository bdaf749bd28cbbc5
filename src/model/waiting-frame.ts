import type { Frame } from './stacks.ts';

/** Where a goroutine waits, for its reader: the innermost frame that belongs neither to the runtime nor to package sync. */
export function waitingFrame(frames: readonly Frame[]): Frame | undefined {
  return frames.find(
    ({ functionName }) => !/^(?:runtime|sync|internal\/sync|internal\/runtime\/[\w/]+)\./.test(functionName),
  );
}
