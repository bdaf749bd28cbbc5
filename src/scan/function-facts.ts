// What one function does by its syntax: calls, loops without end, defers in loops, resources that it does not release.
import type { CallFact, FunctionFacts, SourceSite } from '../model/source-facts.ts';
import type { GoFunction } from './go-function.ts';
import type { Program } from './program.ts';
import { around, contains, loopAround, part, type Syntax, textOf, walkOwn } from './syntax.ts';
import { underlying } from './type-refs.ts';
import { calleeText, typeOf } from './types.ts';
import { unreleasedIn } from './unreleased.ts';

export function functionFacts(program: Program, fn: GoFunction): FunctionFacts {
  const calls: CallFact[] = [];
  const endlessLoops: SourceSite[] = [];
  const defersInLoops: SourceSite[] = [];
  for (const node of walkOwn(fn.body)) {
    if (node.kind === 'call_expression') {
      const statement = node.parent?.kind;
      calls.push({
        callee: calleeText(program, node),
        site: program.siteOf(node),
        inLoop: loopAround(node) !== undefined,
        deferred: statement === 'defer_statement',
        spawned: statement === 'go_statement',
      });
    }
    if (node.kind === 'for_statement' && isEndless(program, node)) endlessLoops.push(program.siteOf(node));
    if (node.kind === 'defer_statement' && loopAround(node) !== undefined) defersInLoops.push(program.siteOf(node));
  }
  return {
    symbol: program.symbolOf(fn),
    file: fn.file.path,
    startLine: fn.node.line,
    endLine: fn.node.endLine,
    calls,
    endlessLoops,
    defersInLoops,
    unreleased: unreleasedIn(program, fn),
  };
}

/** No condition, or over a channel, and no way out by break, return, goto or panic. */
function isEndless(program: Program, loop: Syntax): boolean {
  const body = part(loop, 'body');
  if (body === undefined) return false;
  const header = loop.children.find((child) => child !== body);
  if (header !== undefined && !(header.kind === 'range_clause' && overChannel(program, header))) return false;
  for (const node of walkOwn(body)) {
    if (node.kind === 'return_statement' || node.kind === 'goto_statement') return false;
    if (node.kind === 'call_expression' && /^(panic|os\.Exit|log\.Fatal\w*)\(/.test(textOf(node))) return false;
    if (node.kind !== 'break_statement') continue;
    // A break leaves the nearest loop, switch or select; with a label, the labelled one.
    const left = around(
      node,
      'for_statement',
      'select_statement',
      'expression_switch_statement',
      'type_switch_statement',
    );
    if (left === loop || (node.children.length > 0 && left !== undefined && !contains(left, loop))) return false;
  }
  return true;
}

function overChannel(program: Program, clause: Syntax): boolean {
  const right = part(clause, 'right');
  const type = right === undefined ? undefined : typeOf(program, right);
  if (type === undefined) return right !== undefined && /\.C$/.test(textOf(right));
  return /^(<-\s*)?chan\b/.test(underlying(program, type).text);
}
