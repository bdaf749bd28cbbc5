// A value is passed to a call, or its method is called: into functions of the program it is followed, of libraries it is
// known by their names what they do with it.
import { argumentsOf } from './calls.ts';
import { parameterAt } from './container-operations.ts';
import type { GoFunction } from './go-function.ts';
import { type Treatment, treatmentByFunction, treatmentByMethod } from './library-calls.ts';
import { part, type Syntax } from './syntax.ts';
import { type FollowContext, type Step, type Trail, through } from './trail.ts';
import { elementOf, isScalar } from './type-refs.ts';
import { calleeOf, typeOf } from './types.ts';

export function followArgument(context: FollowContext, argument: Syntax, trail: Trail): readonly Step[] {
  const { program, keeps } = context;
  const call = argument.parent?.parent;
  if (call === undefined || call.kind !== 'call_expression') return [];
  const index = argumentsOf(call).indexOf(argument);
  const statement = call.parent;
  if (statement?.kind === 'go_statement') keeps.add('goroutine-capture', statement, undefined, trail);
  if (statement?.kind === 'defer_statement') keeps.add('defer-closure', statement, undefined, trail);
  const callee = calleeOf(program, call);
  switch (callee.kind) {
    case 'builtin':
      return callee.name === 'append' ? appended(context, call, argument, index, trail) : [];
    case 'conversion':
      return /^(string|\[\](byte|rune))$/.test(callee.type) || isScalar(program, typeOf(program, call))
        ? []
        : [{ kind: 'value', node: call, trail }];
    case 'function':
      return callee.functions.flatMap((fn) => into(context, fn, index, call, trail));
    case 'literal': {
      const parameter = parameterAt(program, callee.literal, index);
      return parameter === undefined
        ? []
        : [{ kind: 'variable', binding: parameter, trail: entered(context, call, trail) }];
    }
    case 'library':
      return treat(context, treatmentByFunction(callee.path, index), call, undefined, trail);
    case 'library-method':
      return treat(context, treatmentByMethod(callee.receiverType, callee.name, index), call, callee.receiver, trail);
    case 'unknown':
      return [];
  }
}

/** `v.method()`: the method may keep it, or return a part of it. */
export function followMethodCall(context: FollowContext, call: Syntax, trail: Trail): readonly Step[] {
  const { program } = context;
  if (call.parent?.kind === 'go_statement') context.keeps.add('goroutine-capture', call.parent, undefined, trail);
  const callee = calleeOf(program, call);
  if (callee.kind === 'function') {
    return callee.functions.flatMap((fn): Step[] => {
      const name = receiverName(fn);
      const binding = name === undefined ? undefined : program.bindingOf(fn.file, name);
      return binding === undefined ? [] : [{ kind: 'variable', binding, trail: entered(context, call, trail) }];
    });
  }
  if (callee.kind !== 'library-method') return [];
  // Bytes() and String() of a buffer are the buffer's own memory; With() and New() of a library object refer to it.
  const aliases = /^(Bytes|String|Text|AvailableBuffer|Next|Sub|With\w*|New\w*|Named|Group|Elem|Value)$/.test(
    callee.name,
  );
  return aliases && trail.path.length === 0 ? [{ kind: 'value', node: call, trail: { ...trail, opaque: true } }] : [];
}

function treat(
  context: FollowContext,
  treatment: Treatment,
  call: Syntax,
  receiver: Syntax | undefined,
  trail: Trail,
): readonly Step[] {
  switch (treatment.kind) {
    case 'nothing':
      return [];
    case 'returns': {
      const next =
        treatment.transform === undefined ? trail : through(trail, treatment.transform, context.program, call);
      return Array.from({ length: treatment.results }, (_, result) => ({
        kind: 'value',
        node: call,
        trail: { ...next, path: [], opaque: true, result },
      }));
    }
    case 'keeps': {
      const container =
        treatment.container === 'receiver'
          ? receiver
          : treatment.container === 'first-argument'
            ? argumentsOf(call)[0]
            : undefined;
      const keep = context.keeps.add(treatment.keep, call, container, trail);
      const root = container === undefined ? undefined : context.places.rootOf(container);
      if (root?.kind !== 'local') return [];
      return [
        {
          kind: 'variable',
          binding: root,
          trail: { ...trail, path: ['?', ...trail.path], inside: [...(trail.inside ?? []), keep] },
        },
      ];
    }
  }
}

function appended(
  { program }: FollowContext,
  call: Syntax,
  argument: Syntax,
  index: number,
  trail: Trail,
): readonly Step[] {
  const spread = argument.kind === 'variadic_argument' || call.source.slice(argument.end, argument.end + 3) === '...';
  if (spread) {
    // The elements are copied; bytes are then no longer those that were allocated.
    const type = typeOf(program, argument.kind === 'variadic_argument' ? (argument.children[0] ?? argument) : argument);
    if (type !== undefined && isScalar(program, elementOf(program, type))) return [];
  }
  // The first argument is the array itself, the others become elements.
  const path = index === 0 || spread ? trail.path : ['[]', ...trail.path];
  return [{ kind: 'value', node: call, trail: { ...trail, path } }];
}

function into(context: FollowContext, fn: GoFunction, index: number, call: Syntax, trail: Trail): readonly Step[] {
  const parameter = parameterAt(context.program, fn.node, index);
  return parameter === undefined
    ? []
    : [{ kind: 'variable', binding: parameter, trail: entered(context, call, trail) }];
}

function entered({ program }: FollowContext, call: Syntax, trail: Trail): Trail {
  return { ...through(trail, 'passed', program, call), calls: { call, outer: trail }, depth: trail.depth + 1 };
}

function receiverName(fn: GoFunction): Syntax | undefined {
  const declaration = part(fn.node, 'receiver')?.children[0];
  return declaration === undefined ? undefined : part(declaration, 'name');
}
