// Follows a value from the line that allocates it to the places that keep it: up the syntax tree from each expression,
// along variables, out of functions through `return` to the caller on the stack, into functions of the program through
// arguments. A work list and a set of what was seen; no recursion over the program's structure.

import type { Keep, SourceSite, ValueFlow, ValueTransform } from '../model/source-facts.ts';
import type { Frame } from '../model/stacks.ts';
import { type Seed, seedsAt } from './allocation-seeds.ts';
import { argumentsOf, calledName } from './calls.ts';
import { followStep } from './follow-step.ts';
import type { GoFunction } from './go-function.ts';
import { createKeeps } from './keeps.ts';
import { allocatingCall, growingMethod } from './library-calls.ts';
import type { Places } from './places.ts';
import type { Program } from './program.ts';
import { part, type Syntax } from './syntax.ts';
import type { Caller, Keeps, Step, Trail } from './trail.ts';
import { calleeOf } from './types.ts';

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
  const queue: Step[] = seeds.flatMap((seed) => firstSteps(program, seed, base, keeps));
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
  for (let steps = 0; steps < maxSteps; steps++) {
    const step = queue.pop();
    if (step === undefined) break;
    const subject = step.kind === 'value' ? step.node : step.binding;
    const key = `${step.kind} ${idOf(subject)} ${step.trail.path.join('.')} ${step.trail.calls === undefined ? step.trail.frame : 'c'}`;
    if (seen.has(key)) continue;
    seen.add(key);
    queue.push(...followStep({ program, places, keeps, callerOf }, step));
  }
  const found = keeps.finish();
  return { allocation, transforms: longest(found), keeps: found };
}

function firstSteps(program: Program, seed: Seed, trail: Trail, keeps: Keeps): readonly Step[] {
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
      return libraryCallSteps(program, seed, trail, keeps);
  }
}

function libraryCallSteps(
  program: Program,
  { node, callee }: Extract<Seed, { kind: 'library-call' }>,
  trail: Trail,
  keeps: Keeps,
): readonly Step[] {
  const opaque: Trail = { ...trail, opaque: true };
  const result: Step = { kind: 'value', node, trail: opaque };
  if (callee.kind === 'library') {
    const known = allocatingCall(callee.path);
    if (known !== undefined)
      keeps.add(known.keep, node, known.container === 'first-argument' ? argumentsOf(node)[0] : undefined, trail);
    // `json.Unmarshal(data, &v)`: what is allocated hangs on v.
    const filled = argumentsOf(node).filter((argument) => argument.kind === 'unary_expression');
    return [result, ...filled.flatMap((argument) => variableIn(program, argument, opaque))];
  }
  if (callee.kind !== 'library-method') return [result];
  const keep = growingMethod(callee.receiverType, callee.name);
  if (keep !== undefined) keeps.addIfOutliving(keep, node, callee.receiver, trail);
  const steps: Step[] = [result];
  const root =
    callee.receiver.kind === 'identifier' ? program.bindingOf(program.fileOf(node), callee.receiver) : undefined;
  // `b.WriteString(x)`: the buffer is b's.
  if (root !== undefined && root.kind !== 'package') steps.push({ kind: 'variable', binding: root, trail: opaque });
  return steps;
}

/** `&v` → v, when v is a variable of a function. */
function variableIn(program: Program, argument: Syntax, trail: Trail): readonly Step[] {
  const operand = part(argument, 'operand');
  if (operand?.kind !== 'identifier') return [];
  const binding = program.bindingOf(program.fileOf(operand), operand);
  return binding === undefined || binding.kind === 'package' ? [] : [{ kind: 'variable', binding, trail }];
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
