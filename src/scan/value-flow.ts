// Follows a value from the line that allocates it to the places that keep it: up the syntax tree from each expression,
// along variables, out of functions through `return` to the caller on the stack, into functions of the program through
// arguments. A work list and a set of what was seen; no recursion over the program's structure.

import type { Keep, SourceSite, ValueFlow, ValueTransform } from '../model/source-facts.ts';
import type { Frame } from '../model/stacks.ts';
import { type Seed, seedsAt } from './allocation-seeds.ts';
import { argumentsOf, calledName } from './calls.ts';
import { intoObject } from './follow-assignment.ts';
import { followStep } from './follow-step.ts';
import type { GoFunction } from './go-function.ts';
import { createKeeps } from './keeps.ts';
import { allocatingCall, growingMethod } from './library-calls.ts';
import type { Places } from './places.ts';
import type { Program } from './program.ts';
import { type Syntax, textOf } from './syntax.ts';
import type { Caller, FollowContext, Step, Trail } from './trail.ts';
import { calleeOf, typeOf } from './types.ts';

/** Steps of one flow: far beyond any real path, and an end for a program that is all cycles. */
const maxSteps = 1500;

export function flowOf(program: Program, places: Places, stack: readonly Frame[]): ValueFlow | undefined {
  const functions = stack.map((frame) => program.functionAt(frame));
  const first = functions.findIndex((fn) => fn !== undefined);
  const fn = functions[first];
  const frame = stack[first];
  if (fn === undefined || frame === undefined) return undefined;
  const inner = first === 0 ? undefined : stack[first - 1]!.functionName;
  const seeds = seedsAt(program, fn, frame.line, inner);
  const allocation: SourceSite = {
    ...frame,
    text: (fn.file.lines[frame.line - 1] ?? '').trim(),
  };
  const keeps = createKeeps(program, places);
  const base: Trail = { frame: first, calls: undefined, path: [], transforms: [], opaque: false, depth: 0 };
  const seen = new Set<string>();
  const ids = new Map<object, number>();
  const idOf = (thing: object): number => {
    const known = ids.get(thing);
    if (known !== undefined) return known;
    ids.set(thing, ids.size);
    return ids.size - 1;
  };
  const callerOf = (index: number): Caller | undefined => {
    // Library frames between two of the program (`sync.(*Pool).Get` calling New) hand the result through.
    const next = functions.findIndex((candidate, at) => at > index && candidate !== undefined);
    const caller = functions[next];
    const at = stack[next];
    if (caller === undefined || at === undefined) return undefined;
    const call = callOn(program, caller, at.line, stack[next - 1]!.functionName);
    return call === undefined ? undefined : { call, frame: next, direct: next === index + 1 };
  };
  const context: FollowContext = { program, places, keeps, callerOf };
  const queue: Step[] = seeds.flatMap((seed) => firstSteps(context, seed, base));
  for (let steps = 0; steps < maxSteps; steps++) {
    const step = queue.pop();
    if (step === undefined) break;
    const subject = step.kind === 'value' ? step.node : step.binding;
    const key = `${step.kind} ${idOf(subject)} ${step.trail.path.join('.')} ${step.trail.result ?? 0} ${step.trail.calls === undefined ? step.trail.frame : 'c'}`;
    if (seen.has(key)) continue;
    seen.add(key);
    queue.push(...followStep(context, step));
  }
  const found = keeps.finish();
  return { allocation, transforms: longest(found), keeps: found };
}

function firstSteps(context: FollowContext, seed: Seed, trail: Trail): readonly Step[] {
  const { program, keeps } = context;
  switch (seed.kind) {
    case 'value':
      return [{ kind: 'value', node: seed.node, trail }];
    case 'call':
      return [{ kind: 'value', node: seed.node, trail: { ...trail, opaque: true } }];
    case 'variable': {
      const binding = program.bindingOf(program.fileOf(seed.name), seed.name);
      return binding === undefined ? [] : [{ kind: 'variable', binding, trail }];
    }
    case 'container': {
      const isAppend = seed.node.kind === 'call_expression';
      if (!isAppend) {
        keeps.add('map-assign', seed.node, seed.container, trail);
        return [];
      }
      // The array that append makes goes where its result goes.
      return [{ kind: 'value', node: seed.node, trail }];
    }
    case 'library-call':
      return libraryCallSteps(context, seed, trail);
  }
}

function libraryCallSteps(
  context: FollowContext,
  { node, callee }: Extract<Seed, { kind: 'library-call' }>,
  trail: Trail,
): readonly Step[] {
  const { program, keeps } = context;
  const opaque: Trail = { ...trail, opaque: true };
  const result: Step = { kind: 'value', node, trail: opaque };
  if (callee.kind === 'library') {
    const known = allocatingCall(callee.path);
    if (known !== undefined)
      keeps.add(known.keep, node, known.container === 'first-argument' ? argumentsOf(node)[0] : undefined, trail);
    // `json.Unmarshal(data, &v)`, `fmt.Fprintf(buf, …)`: what is allocated hangs on v, or on buf.
    const filled = argumentsOf(node).filter((argument) => isFilled(program, argument));
    return [result, ...filled.flatMap((argument) => intoObject(context, argument, opaque))];
  }
  if (callee.kind !== 'library-method') return [result];
  const keep = growingMethod(callee.receiverType, callee.name);
  const isBuffer = keep === 'field-assign';
  if (keep !== undefined && !isBuffer) keeps.addIfOutliving(keep, node, callee.receiver, trail);
  // `b.WriteString(x)`: the buffer is b's.
  const named = keep !== undefined && !isBuffer;
  return named && !isLocalName(context, callee.receiver)
    ? [result]
    : [result, ...intoObject(context, callee.receiver, opaque)];
}

function isLocalName({ places }: FollowContext, expression: Syntax): boolean {
  const kind = expression.kind === 'identifier' ? places.rootOf(expression)?.kind : undefined;
  return kind !== undefined && kind !== 'package';
}

/** Addresses, and writers that grow with what is written. */
function isFilled(program: Program, argument: Syntax): boolean {
  if (argument.kind === 'unary_expression') return /^&/.test(textOf(argument));
  const type = typeOf(program, argument)?.text ?? '';
  return /^\*?(bytes\.Buffer|strings\.Builder|bufio\.Writer)$/.test(type);
}

/** The call on this line that leads to the inner frame. */
function callOn(program: Program, caller: GoFunction, line: number, innerFunction: string): Syntax | undefined {
  const seeds = seedsAt(program, caller, line, innerFunction);
  const calls = seeds.flatMap((seed) => (seed.kind === 'call' || seed.kind === 'library-call' ? [seed.node] : []));
  return (
    calls.find((call) => calleeOf(program, call).kind === 'function') ??
    calls.find((call) => calledName(call) !== '') ??
    calls[0]
  );
}

function longest(keeps: readonly Keep[]): readonly ValueTransform[] {
  return keeps.reduce<readonly ValueTransform[]>(
    (best, keep) => (keep.transforms.length > best.length ? keep.transforms : best),
    [],
  );
}
