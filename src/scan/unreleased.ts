// Resources that a function acquires and, by its syntax, does not give back: never, or not on the path of some return.
// What leaves the function (returned, stored, handed to another) is somebody else's to release and is not reported,
// except when it is handed to a function of the program that can be seen not to release it either.

import type { SourceSite, Unreleased } from '../model/source-facts.ts';
import type { Binding } from './bindings.ts';
import { argumentsOf, calledName } from './calls.ts';
import { parameterAt } from './container-operations.ts';
import type { GoFunction } from './go-function.ts';
import type { Program } from './program.ts';
import { type Acquisition, acquisitionBy, isTransport } from './resources.ts';
import { around, contains, loopAround, part, type Syntax, statementOf, textOf, walk, walkOwn } from './syntax.ts';
import { calleeOf } from './types.ts';

const maxDepth = 3;

export function unreleasedIn(program: Program, fn: GoFunction): readonly Unreleased[] {
  const found: Unreleased[] = [];
  for (const node of walkOwn(fn.body)) {
    if (node.kind === 'call_expression') {
      const acquisition = acquisitionBy(program, node);
      const item =
        acquisition === undefined ? otherCall(program, fn, node) : ofAcquisition(program, fn, node, acquisition);
      if (item !== undefined) found.push(item);
    }
    if (isTransport(node)) {
      const item = ofTransport(program, fn, node);
      if (item !== undefined) found.push(item);
    }
  }
  return found;
}

function ofAcquisition(
  program: Program,
  fn: GoFunction,
  call: Syntax,
  acquisition: Acquisition,
): Unreleased | undefined {
  const { kind } = acquisition;
  const site = program.siteOf(call);
  const never = (variable: string): Unreleased => ({ kind, site, variable, missing: 'never', returnSite: undefined });
  const list = call.parent;
  const statement = list?.kind === 'expression_list' ? list.parent : list?.parent;
  if (list?.kind === 'expression_statement') return kind === 'timer' ? undefined : never('');
  if (statement === undefined || list?.kind !== 'expression_list' || list.field === 'left') {
    // `time.NewTicker(d).C`: nobody can stop it. Anything else is used where it stands (returned, passed on).
    const selected = list?.kind === 'selector_expression' && textOf(part(list, 'field') ?? list) === 'C';
    return selected ? never('') : undefined;
  }
  const names = part(statement, 'left')?.children ?? statement.children.filter((child) => child.field === 'name');
  const target = names[list.children.length === 1 ? acquisition.result : list.children.indexOf(call)];
  if (target === undefined || target.kind !== 'identifier') return undefined;
  if (textOf(target) === '_') return never('_');
  const binding = program.bindingOf(program.fileOf(target), target);
  if (binding === undefined || binding.kind === 'package') return undefined;
  // The main function and package variables hold things for the life of the program.
  if ((kind === 'db' || kind === 'ticker' || kind === 'cancel') && isStartUp(fn) && loopAround(call) === undefined)
    return undefined;
  const fate = fateOf(program, binding, target, acquisition, 0);
  if (fate.escapes) return undefined;
  if (fate.releases.length === 0) {
    if (kind === 'rows' && exhausts(fn, binding)) return undefined;
    return never(binding.name);
  }
  const returnSite = returnBefore(program, call, fate.releases, binding);
  return returnSite === undefined
    ? undefined
    : { kind, site, variable: binding.name, missing: 'some-path', returnSite };
}

interface Fate {
  readonly escapes: boolean;
  readonly releases: readonly Syntax[];
}

function fateOf(program: Program, binding: Binding, declared: Syntax, acquisition: Acquisition, depth: number): Fate {
  const releases: Syntax[] = [];
  let escapes = false;
  for (const use of binding.uses) {
    if (use === declared) continue;
    let at = use;
    let parent = at.parent;
    if (parent?.kind === 'selector_expression' && part(parent, 'operand') === at) {
      const field = textOf(part(parent, 'field') ?? parent);
      const call = parent.parent;
      const isCall = call?.kind === 'call_expression' && part(call, 'function') === parent;
      if (acquisition.field === undefined) {
        if (isCall && acquisition.release.test(field)) releases.push(call);
        else if (acquisition.release.test(field)) releases.push(parent); // a method value: `t.Cleanup(f.Close)`
        continue;
      }
      if (field !== acquisition.field) continue;
      at = parent;
      parent = at.parent;
      if (parent?.kind === 'selector_expression' && acquisition.release.test(textOf(part(parent, 'field') ?? parent))) {
        releases.push(parent);
        continue;
      }
    }
    if (
      acquisition.release.source === '^\\(\\)$' &&
      parent?.kind === 'call_expression' &&
      part(parent, 'function') === at
    ) {
      releases.push(parent);
      continue;
    }
    const left = leaves(program, at, acquisition, depth);
    if (left === 'escapes') escapes = true;
    else if (left !== undefined) releases.push(left);
  }
  return { escapes, releases };
}

/** Whether this use hands the resource away; a node when it is handed to a function that releases it. */
function leaves(
  program: Program,
  use: Syntax,
  acquisition: Acquisition,
  depth: number,
): 'escapes' | Syntax | undefined {
  const parent = use.parent;
  switch (parent?.kind) {
    case 'expression_list': {
      if (parent.field === 'left') return undefined;
      // `_ = cancel` only silences the compiler.
      const targets = parent.parent === undefined ? undefined : part(parent.parent, 'left');
      return targets !== undefined && textOf(targets) === '_' ? undefined : 'escapes';
    }
    case 'literal_element':
    case 'keyed_element':
    case 'send_statement':
    case 'return_statement':
    case 'index_expression':
      return 'escapes';
    case 'unary_expression':
      return textOf(parent).startsWith('&') ? 'escapes' : undefined;
    case 'argument_list': {
      const call = parent.parent;
      if (call === undefined) return 'escapes';
      const callee = calleeOf(program, call);
      if (callee.kind === 'library') {
        // Reading a body to its end does not close it.
        if (/^(io\.|io\/ioutil\.|fmt\.|bufio\.New|encoding\/\w+\.New|log\.|errors\.)/.test(callee.path))
          return undefined;
        return 'escapes';
      }
      if (callee.kind !== 'function' || depth >= maxDepth) return 'escapes';
      const fn = callee.functions[0]!; // never empty
      const parameter = parameterAt(program, fn.node, argumentsOf(call).indexOf(use));
      if (parameter === undefined) return 'escapes';
      const fate = fateOf(program, parameter, parameter.declaration, handed(acquisition, use), depth + 1);
      if (fate.escapes) return 'escapes';
      return fate.releases.length > 0 ? call : undefined;
    }
    default:
      return undefined;
  }
}

/** Of `resp.Body` passed on, Close is called on the parameter itself. */
function handed(acquisition: Acquisition, use: Syntax): Acquisition {
  if (use.kind !== 'selector_expression' || acquisition.field === undefined) return acquisition;
  const { field: _field, ...rest } = acquisition;
  return rest;
}

/** `for rows.Next() { … }` without a way out closes the rows by itself. */
function exhausts(fn: GoFunction, binding: Binding): boolean {
  for (const loop of walkOwn(fn.body)) {
    if (loop.kind !== 'for_statement') continue;
    const body = part(loop, 'body');
    const header = loop.source.slice(loop.start, body?.start ?? loop.end);
    if (body === undefined || !header.includes(`${binding.name}.Next()`)) continue;
    return ![...walkOwn(body)].some((node) => node.kind === 'return_statement' || node.kind === 'break_statement');
  }
  return false;
}

/** A return between the acquisition and the release, other than the check of the acquisition's own error. */
function returnBefore(
  program: Program,
  call: Syntax,
  releases: readonly Syntax[],
  binding: Binding,
): SourceSite | undefined {
  const fn = program.functionAround(call);
  if (fn === undefined) return undefined;
  if (
    releases.some(
      (release) => program.functionAround(release) !== fn || around(release, 'defer_statement') !== undefined,
    )
  ) {
    const deferred = releases
      .map((release) => statementOf(outermostIn(program, release, fn)))
      .sort((a, b) => a.start - b.start)[0];
    return firstReturn(program, fn, call, deferred?.start ?? call.end, releases, binding);
  }
  const last = Math.max(...releases.map((release) => release.start));
  return firstReturn(program, fn, call, last, releases, binding);
}

function firstReturn(
  program: Program,
  fn: GoFunction,
  call: Syntax,
  before: number,
  releases: readonly Syntax[],
  binding: Binding,
): SourceSite | undefined {
  const own = statementOf(call);
  for (const node of walkOwn(fn.body)) {
    if (node.kind !== 'return_statement' || node.start < call.end || node.end > before) continue;
    const branch = around(node, 'if_statement', 'expression_case', 'communication_case', 'block');
    const condition = around(node, 'if_statement');
    const test = condition === undefined ? '' : textOf(part(condition, 'condition') ?? condition);
    const isOwnCheck =
      condition !== undefined &&
      (contains(condition, own) || (/err\w*\s*!=\s*nil|nil\s*!=/.test(test) && isNext(own, condition)));
    if (isOwnCheck || new RegExp(`\\b${binding.name}\\s*==\\s*nil`).test(test)) continue;
    if (branch !== undefined && releases.some((release) => contains(branch, release) && release.start < node.start))
      continue;
    return program.siteOf(node);
  }
  return undefined;
}

function isNext(statement: Syntax, next: Syntax): boolean {
  const siblings = statement.parent?.children ?? [];
  return siblings[siblings.indexOf(statement) + 1] === next;
}

/** The node itself, or the closure of `fn` that it stands in. */
function outermostIn(program: Program, node: Syntax, fn: GoFunction): Syntax {
  let at = program.functionAround(node);
  if (at === fn || at === undefined) return node;
  while (at.outer !== undefined && at.outer !== fn) at = at.outer;
  return at.node;
}

function isStartUp(fn: GoFunction): boolean {
  return (
    fn.name === 'main' ||
    fn.name === 'init' ||
    /^(New|new|run|Run|start|Start|setup|Setup|open|Open|connect|Connect)/.test(fn.name)
  );
}

function ofTransport(program: Program, fn: GoFunction, node: Syntax): Unreleased | undefined {
  if (fn.name === 'main' || fn.name === 'init') return undefined;
  // Kept somewhere (returned, in a field or package variable) it is made once, not per call.
  let at: Syntax = node;
  let variable = '';
  for (;;) {
    const parent: Syntax | undefined = at.parent;
    if (parent === undefined || parent.kind === 'return_statement') return undefined;
    if (parent.kind === 'expression_list') {
      if (parent.parent?.kind === 'return_statement') return undefined;
      const target = (parent.parent === undefined ? undefined : part(parent.parent, 'left'))?.children[
        parent.children.indexOf(at)
      ];
      if (target?.kind !== 'identifier') return undefined;
      const binding = program.bindingOf(program.fileOf(target), target);
      if (binding === undefined || binding.kind !== 'local' || handsOn(binding)) return undefined;
      variable = binding.name;
      break;
    }
    if (/^(block|statement_list|expression_statement)$/.test(parent.kind)) break;
    at = parent;
  }
  const text = textOf(fn.body);
  if (/\bCloseIdleConnections\(\)/.test(text)) return undefined;
  return { kind: 'http-transport', site: program.siteOf(node), variable, missing: 'never', returnSite: undefined };
}

function handsOn(binding: Binding): boolean {
  return binding.uses.some((use) => {
    const kind = use.parent?.kind;
    if (kind === 'return_statement') return true;
    if (kind !== 'expression_list' || use.parent?.field === 'left') return false;
    const statement = use.parent?.parent;
    if (statement?.kind === 'return_statement') return true;
    const target = statement === undefined ? undefined : part(statement, 'left');
    return target !== undefined && textOf(target).includes('.');
  });
}

const registers = /^([sS]ubscribe|[wW]atch|[aA]dd(Listener|Handler|Observer|Hook)|[rR]egister|[oO]n[A-Z])\w*$/;
/** A function to call when done is the only result: it stops, removes or cancels what the call has begun. */
const givesUndo = /^\(?\s*(\w+\s+)?func\(\)\s*\)?$/;

/** Registrations without their opposite, and results that are dropped. */
function otherCall(program: Program, fn: GoFunction, call: Syntax): Unreleased | undefined {
  const callee = calleeOf(program, call);
  const site = program.siteOf(call);
  if (callee.kind === 'library' && callee.path === 'os/signal.Notify') {
    if (fn.name === 'main' || fn.name === 'init' || /signal\.(Stop|Reset)\(/.test(textOf(fn.body))) return undefined;
    return {
      kind: 'signal',
      site,
      variable: textOf(argumentsOf(call)[0] ?? call),
      missing: 'never',
      returnSite: undefined,
    };
  }
  if (callee.kind === 'library-method' && /^(Lock|RLock)$/.test(callee.name))
    return ofLock(program, fn, call, callee.receiver);
  if (call.parent?.kind === 'expression_statement' && callee.kind === 'function') {
    const declared = part(callee.functions[0]!.node, 'result');
    if (declared !== undefined && (registers.test(calledName(call)) || givesUndo.test(textOf(declared))))
      return { kind: 'subscription', site, variable: '', missing: 'never', returnSite: undefined };
  }
  return undefined;
}

function ofLock(program: Program, fn: GoFunction, call: Syntax, receiver: Syntax): Unreleased | undefined {
  const name = textOf(receiver);
  const unlocks = [...walk(fn.body)].filter(
    (node) =>
      node.kind === 'call_expression' &&
      /^R?Unlock$/.test(calledName(node)) &&
      textOf(part(node, 'function') ?? node).startsWith(`${name}.`) &&
      node.start > call.start,
  );
  if (unlocks.length === 0 || unlocks.some((unlock) => around(unlock, 'defer_statement') !== undefined))
    return undefined;
  // Up to the first Unlock on the straight way; branches with one of their own are fine.
  const block = statementOf(call).parent;
  const straight = unlocks.find((unlock) => statementOf(unlock).parent === block) ?? unlocks.at(-1)!;
  for (const node of walkOwn(fn.body)) {
    if (node.kind !== 'return_statement' || node.start < call.end || node.start > straight.start) continue;
    if (unlocks.some((unlock) => unlock.start < node.start && contains(statementOf(unlock).parent ?? fn.body, node)))
      continue;
    return {
      kind: 'lock',
      site: program.siteOf(call),
      variable: name,
      missing: 'some-path',
      returnSite: program.siteOf(node),
    };
  }
  return undefined;
}
