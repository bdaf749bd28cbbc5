// Joins groups of goroutines with the heap walk: those that nothing can wake are proven leaked, on any Go version; of others it
// says what may still wake them.

import type { GoroutineGroup } from '../model/growth.ts';
import type { HeapFacts } from '../model/heap-facts.ts';
import type { Frame } from '../model/stacks.ts';

/** A group whose proof the runtime itself gave keeps it. */
export function withProofs(groups: readonly GoroutineGroup[], facts: HeapFacts | undefined): readonly GoroutineGroup[] {
  if (facts === undefined || facts.stuck.kind === 'not-captured' || facts.failedChecks.length > 0) return groups;
  const counts = new Map<string, number>();
  /** By the stack as a profile shows it, which leaves out the wrapper. */
  const unwrapped = new Map<string, number>();
  const wokenBy = new Map<string, string>();
  const add = (to: Map<string, number>, key: string, count: number): unknown => to.set(key, (to.get(key) ?? 0) + count);
  for (const { frames, createdAt, state, count, wokenBy: by } of facts.stuck.value) {
    const shown = frames.filter(isShown);
    const bare = shown.length > 1 && isWrapper(shown.at(-1), createdAt) ? keyOf(shown.slice(0, -1), state) : undefined;
    if (by !== undefined) {
      for (const key of [keyOf(shown, state), bare ?? []].flat()) wokenBy.set(key, by);
      continue;
    }
    add(counts, keyOf(shown, state), count);
    if (bare !== undefined) add(unwrapped, bare, count);
  }
  return groups.map((group) => {
    if ((group.provenLeaked ?? 0) > 0) return group;
    const key = keyOf(group.exampleStack.filter(isShown), group.state);
    const count = counts.get(key) ?? unwrapped.get(key);
    // The walk is later than the last capture: it may have met some more.
    if (count !== undefined) return { ...group, provenLeaked: count, provenBy: 'heap-walk' };
    const by = wokenBy.get(key);
    return by === undefined ? group : { ...group, wokenBy: by };
  });
}

/** Profiles and walks differ in how they name the runtime's own frames; profiles leave out the compiler's wrappers. */
const left = /^(runtime|internal\/sync)\.|\.(gowrap|deferwrap)\d+$|·dwrap·\d+$|-fm$/;

/**
 * `go f(x)` starts a function that the compiler makes. Before Go 1.22 it is named like a closure of the program, but stands
 * at the line of the go statement itself. Source: cmd/compile/internal/escape/call.go goDeferStmt (1.19, 1.20),
 * typecheck/stmt.go tcGoDefer (1.21), ir/func.go closureName (1.22).
 */
function isWrapper(outermost: Frame | undefined, createdAt: Frame | undefined): boolean {
  if (outermost === undefined || createdAt === undefined) return false;
  const { functionName, file, line } = outermost;
  const isClosure =
    functionName.startsWith(createdAt.functionName) &&
    /^\.func[\d.]+$/.test(functionName.slice(createdAt.functionName.length));
  return isClosure && file === createdAt.file && line === createdAt.line;
}

const isShown = ({ functionName }: Frame): boolean => !left.test(functionName);

const keyOf = (frames: readonly Frame[], state: string): string =>
  `${state.replace(/ \(.*\)$/, '')}: ${frames.map(({ functionName, line }) => `${functionName}:${line}`).join(' < ')}`;
