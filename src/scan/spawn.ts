// The go statement behind a goroutine's entry function, when no dump has told it.

import type { Frame } from '../model/stacks.ts';
import { calledName } from './calls.ts';
import type { Program } from './program.ts';
import { around, part, type Syntax, walk } from './syntax.ts';
import { calleeOf } from './types.ts';

export function spawnOf(program: Program, entry: Frame): Frame | undefined {
  // `main.start.gowrap1`: the wrapper has the go statement's own line.
  const fn = program.functionAt(entry);
  if (fn === undefined) return undefined;
  if (/\.gowrap\d+$/.test(entry.functionName)) {
    const statement = [...walk(fn.body)].find((node) => node.kind === 'go_statement' && node.line === entry.line);
    if (statement !== undefined) return frameOf(program, statement);
  }
  if (fn.name === '') {
    const statement = startOf(fn.node);
    if (statement !== undefined) return frameOf(program, statement);
  }
  for (const file of program.packageOf(fn.file).files) {
    for (const node of walk(file.root)) {
      if (node.kind !== 'call_expression') continue;
      const isGo = node.parent?.kind === 'go_statement';
      if (!isGo || (fn.name !== '' && calledName(node) !== fn.name)) continue;
      const callee = calleeOf(program, node);
      if (
        (callee.kind === 'function' && callee.functions.includes(fn)) ||
        (callee.kind === 'literal' && callee.literal === fn.node) ||
        (callee.kind === 'library-method' && callee.name === fn.name)
      )
        return frameOf(program, node.parent!);
    }
  }
  return undefined;
}

/** The statement that starts a literal: `go func() {…}()`, or `group.Go(func() {…})`. */
function startOf(literal: Syntax): Syntax | undefined {
  const parent = literal.parent;
  if (parent?.kind === 'call_expression' && parent.parent?.kind === 'go_statement') return parent.parent;
  const call = parent?.kind === 'argument_list' ? parent.parent : undefined;
  if (
    call?.kind === 'call_expression' &&
    (part(call, 'function') ?? call) &&
    /^(Go|TryGo|AfterFunc|Submit)$/.test(calledName(call))
  )
    return call;
  return around(literal, 'go_statement', 'func_literal')?.kind === 'go_statement'
    ? around(literal, 'go_statement')
    : undefined;
}

function frameOf(program: Program, node: Syntax): Frame {
  const { functionName, file, line } = program.siteOf(node);
  return { functionName, file, line };
}
