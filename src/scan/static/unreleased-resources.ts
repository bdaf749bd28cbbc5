// Things that a function acquires and does not give back: never, or not on the way to some exit.
import type { Unreleased } from '../../model/source-facts.ts';
import type { GoFunction } from '../go-function.ts';
import type { Program } from '../program.ts';
import type { Acquisition } from '../resources.ts';
import { around, contains, part, type Syntax, textOf, walkOwn } from '../syntax.ts';
import { fateOfVariable } from './fate-of-variable.ts';
import { type OpenExit, openExits } from './open-exits.ts';
import type { PackageFacts } from './package-facts.ts';

export interface Kept {
  readonly call: Syntax;
  readonly acquisition: Acquisition;
  /** '' when the result is dropped, `_` when it is blank. */
  readonly variable: string;
  /** Undefined: it is released nowhere. */
  readonly exit: OpenExit | undefined;
}

type Kind = Unreleased['kind'];

export function keptIn(facts: PackageFacts, kinds: readonly Kind[]): readonly Kept[] {
  const found: Kept[] = [];
  for (const { call, acquisition } of facts.acquisitions()) {
    if (!kinds.includes(acquisition.kind)) continue;
    const fn = facts.functionOf(call);
    const kept = fn === undefined ? undefined : keptBy(facts.program, fn, call, acquisition);
    if (kept !== undefined) found.push(kept);
  }
  return found;
}

function keptBy(program: Program, fn: GoFunction, call: Syntax, acquisition: Acquisition): Kept | undefined {
  const list = call.parent;
  const dropped = (variable: string): Kept => ({ call, acquisition, variable, exit: undefined });
  if (list?.kind === 'expression_statement') return dropped('');
  const statement = list?.kind === 'expression_list' ? list.parent : undefined;
  if (list === undefined || statement === undefined || list.field === 'left') return undefined;
  const names = part(statement, 'left')?.children ?? statement.children.filter((child) => child.field === 'name');
  const single = list.children.length === 1;
  const target = names[single ? acquisition.result : list.children.indexOf(call)];
  if (target?.kind !== 'identifier' || statement.kind === 'return_statement') return undefined;
  if (textOf(target) === '_') return dropped('_');
  const binding = program.bindingOf(program.fileOf(target), target);
  if (binding?.kind !== 'local' && binding?.kind !== 'parameter') return undefined;
  // A variable of the function around a literal lives on when the literal returns.
  if (program.functionAround(binding.declaration) !== fn) return undefined;
  const fate = fateOfVariable(program, binding, acquisition);
  if (binding.declaration !== target && isReleasedOnDemand(call, fate.releases)) return undefined;
  const last = names.at(-1);
  const failure =
    single && names.length > 1 && last !== target && last?.kind === 'identifier' ? textOf(last) : undefined;
  const ends = [...fate.releases, ...fate.handedOn];
  if (acquisition.kind === 'rows') ends.push(...loopsToTheEnd(fn, binding.name));
  const exit = openExits(fn.body, { start: call, ends, failure, variable: binding.name })?.[0];
  if (exit === undefined) return undefined;
  const never = fate.releases.length === 0 && fate.handedOn.length === 0;
  return { call, acquisition, variable: binding.name, exit: never ? undefined : exit };
}

/**
 * `out := os.Stdout; if name != "" { out, err = os.Create(name) }; …; if !isStdout { out.Close() }`: a variable that may
 * hold something else is released under a condition of its own, and whether the two agree is beyond the syntax.
 */
function isReleasedOnDemand(call: Syntax, releases: readonly Syntax[]): boolean {
  const opened = around(call, 'if_statement', 'expression_case', 'func_literal');
  if (opened === undefined || opened.kind === 'func_literal' || releases.length === 0) return false;
  return releases.every((release) => {
    const condition = around(release, 'if_statement', 'func_literal');
    return condition?.kind === 'if_statement' && !contains(condition, call) && !contains(opened, release);
  });
}

/** `for rows.Next() { … }`: when Next says no, the rows have closed themselves. */
function loopsToTheEnd(fn: GoFunction, variable: string): readonly Syntax[] {
  return [...walkOwn(fn.body)].filter((node) => {
    if (node.kind !== 'for_statement') return false;
    const header = node.source.slice(node.start, part(node, 'body')?.start ?? node.end);
    return header.includes(`${variable}.Next()`);
  });
}

/** `… and is not closed when line 12 returns`, for the end of a message. */
export function whereOpen(exit: OpenExit | undefined, verb: string): string {
  if (exit === undefined) return `is never ${verb}`;
  if (exit.kind === 'again') return `is not ${verb} before the loop comes round again`;
  return exit.kind === 'end'
    ? `is not ${verb} on every way to the end of the function`
    : `is not ${verb} when line ${exit.node.line} returns`;
}
