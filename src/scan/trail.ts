// The state of a value that is followed, and the two moves that every kind of step needs: noting a change on the way,
// and leaving a function.
import type { Keep, KeepKind, ValueTransform } from '../model/source-facts.ts';
import type { Binding } from './bindings.ts';
import type { Places } from './places.ts';
import type { Program } from './program.ts';
import { part, type Syntax } from './syntax.ts';

/** How a value came to where it is followed. */
export interface Trail {
  /** Frame of the stack in whose function it is, unless `calls` says otherwise. */
  readonly frame: number;
  /** Calls of the program that it was passed into, innermost first; `nowhere`: a function nobody is known to call. */
  readonly calls: { readonly call: Syntax; readonly outer: Trail } | 'nowhere' | undefined;
  /**
   * How to get from the followed expression to the value: `['rows', '[]', 'payload']` when `x.rows[i].payload` is it,
   * `?` where the way is not known.
   */
  readonly path: readonly string[];
  readonly transforms: readonly ValueTransform[];
  /** What the expression is made of is not known (a library made it): every part of it may be the value. */
  readonly opaque: boolean;
  /** Which of several results of a call it is. */
  readonly result?: number;
  /** Keeps that hold it already, by number. */
  readonly inside?: readonly number[];
  readonly depth: number;
}

export type Step =
  | { readonly kind: 'value'; readonly node: Syntax; readonly trail: Trail }
  | { readonly kind: 'variable'; readonly binding: Binding; readonly trail: Trail };

export interface Keeps {
  /** The number of the keep: a value followed further from here carries it in `Trail.inside`. */
  add(kind: KeepKind, node: Syntax, container: Syntax | undefined, trail: Trail): number;
  /** Only when the container is more than a local variable. */
  addIfOutliving(kind: KeepKind, node: Syntax, container: Syntax, trail: Trail): void;
  finish(): readonly Keep[];
}

export interface FollowContext {
  readonly program: Program;
  readonly places: Places;
  readonly keeps: Keeps;
  /** Where the frame was entered from, when the source of a caller is there. */
  callerOf(frame: number): Caller | undefined;
}

export interface Caller {
  readonly call: Syntax;
  readonly frame: number;
  /** False when frames without source lie between. */
  readonly direct: boolean;
}

export function through(trail: Trail, kind: ValueTransform['kind'], program: Program, node: Syntax): Trail {
  return { ...trail, transforms: [...trail.transforms, { kind, site: program.siteOf(node) }] };
}

/** Out of the function: to the call that entered it. */
export function leave(context: FollowContext, node: Syntax, trail: Trail, index = 0): readonly Step[] {
  const { calls } = trail;
  const fn = context.program.functionAround(node);
  const invoked = fn?.node.parent;
  if (fn?.name === '' && invoked?.kind === 'call_expression' && part(invoked, 'function') === fn.node)
    return [{ kind: 'value', node: invoked, trail: { ...trail, result: index } }];
  if (calls === 'nowhere') return [];
  if (calls !== undefined) {
    const next: Trail = { ...trail, calls: calls.outer.calls, frame: calls.outer.frame, result: index };
    return [{ kind: 'value', node: calls.call, trail: next }];
  }
  const caller = context.callerOf(trail.frame);
  if (caller === undefined) return [];
  const next: Trail = { ...trail, frame: caller.frame, result: index, opaque: trail.opaque || !caller.direct };
  return [{ kind: 'value', node: caller.call, trail: next }];
}
