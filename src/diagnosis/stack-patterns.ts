// Questions to a stack that several rules ask: does it go through this function, and who of the program called that.
// Go hides leading runtime frames in heap profiles (runtime/pprof protomem.go, `hideRuntime`), so a map that grows shows
// the assigning line itself; only library frames such as `sync.(*Map).Store` remain visible.
import type { OwnershipOf } from '../model/ownership.ts';
import type { Frame } from '../model/stacks.ts';
import type { GoroutineSuspect, HeapSuspect } from './suspects.ts';

/** Index of the innermost frame whose function matches, or -1. */
export function indexOfFunction(stack: readonly Frame[], pattern: RegExp): number {
  return stack.findIndex((frame) => pattern.test(frame.functionName));
}

/** The innermost frame of the main module that called into `pattern`: who in the program is to look at. */
export function callerInto(stack: readonly Frame[], pattern: RegExp, ownership: OwnershipOf): Frame | undefined {
  // The outermost match: the program's own line stands beyond the last library frame that matters.
  const from = indexOfFunction(stack, pattern);
  if (from < 0) return undefined;
  return stack.slice(from + 1).find((frame) => ownership(frame) === 'main');
}

export function suspectsThrough(suspects: readonly HeapSuspect[], pattern: RegExp): readonly HeapSuspect[] {
  return suspects.filter((suspect) => suspect.stacks.some((stack) => indexOfFunction(stack, pattern) >= 0));
}

export function groupsThrough(suspects: readonly GoroutineSuspect[], pattern: RegExp): readonly GoroutineSuspect[] {
  return suspects.filter((suspect) => indexOfFunction(suspect.group.exampleStack, pattern) >= 0);
}

/** States in which a goroutine waits for another goroutine of the program, as Go prints them. */
export function waitsOnSynchronisation(state: string): boolean {
  return /^(chan (send|receive)|select|sync\.|semacquire|sync\.(Mutex|RWMutex)|wait for)/.test(state);
}
