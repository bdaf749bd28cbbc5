// What a goroutine waits for at its blocked line, and why nobody comes: the channel or lock, who does the other side of
// it, and where that other side can leave early.

import type { BlockingFacts, SourceSite } from '../model/source-facts.ts';
import type { Frame } from '../model/stacks.ts';
import { argumentsOf, calledName } from './calls.ts';
import type { GoFunction } from './go-function.ts';
import { argumentsFor } from './passed-arguments.ts';
import type { Place, Places } from './places.ts';
import type { Program } from './program.ts';
import { around, contains, part, type Syntax, statementOf, textOf, walk, walkOwn } from './syntax.ts';

type Operation = BlockingFacts['operation'];

export function blockingAt(program: Program, places: Places, stack: readonly Frame[]): BlockingFacts | undefined {
  const index = stack.findIndex((frame) => program.functionAt(frame) !== undefined);
  const frame = stack[index];
  const fn = frame === undefined ? undefined : program.functionAt(frame);
  if (frame === undefined || fn === undefined) return undefined;
  const found = operationAt(fn, frame.line, index > 0 ? stack[index - 1]!.functionName : '');
  if (found === undefined) return undefined;
  const { operation, node, subject } = found;
  const site: SourceSite = { ...frame, text: (fn.file.lines[frame.line - 1] ?? '').trim() };
  const channel = subject === undefined ? undefined : channelOf(program, places, subject);
  const other = channel === undefined ? [] : counterpartsOf(program, channel.uses, operation, node);
  return {
    operation,
    site,
    subject: subject === undefined ? undefined : places.containerOf(channel?.expression ?? subject),
    capacity: channel === undefined ? undefined : capacityOf(channel.uses),
    counterparts: other.map((counterpart) => program.siteOf(counterpart)),
    earlyExits: distinct(other.flatMap((counterpart) => earlyExits(program, counterpart, fn))),
    unanswered: channel !== undefined && isUnanswered(channel, operation, places.placeOf(channel.expression)),
    closed: (channel?.uses ?? []).some((use) => isClosed(use)),
    cancellable:
      node.kind === 'select_statement' && /\.Done\(\)|\b\w*(quit|done|stop|closing|exit)\w*\b/i.test(cases(node)),
  };
}

interface Found {
  readonly operation: Operation;
  readonly node: Syntax;
  readonly subject: Syntax | undefined;
}

function operationAt(fn: GoFunction, line: number, inner: string): Found | undefined {
  const nodes = [...walkOwn(fn.body)].filter((node) => node.line === line);
  const select = nodes.find((node) => node.kind === 'select_statement');
  if (select !== undefined) return { operation: 'select', node: select, subject: selectSubject(select) };
  const inSelect = (node: Syntax): boolean => node.parent?.kind === 'communication_case';
  for (const node of nodes) {
    if (inSelect(node)) continue;
    if (node.kind === 'send_statement') return { operation: 'send', node, subject: part(node, 'channel') };
    if (node.kind === 'range_clause' || node.kind === 'for_statement') {
      const clause = node.kind === 'range_clause' ? node : node.children.find((child) => child.kind === 'range_clause');
      const right = clause === undefined ? undefined : part(clause, 'right');
      if (right !== undefined && !nodes.some((other) => isReceive(other)) && inner === '')
        return { operation: 'range', node: clause!, subject: right };
    }
    if (isReceive(node)) return { operation: 'receive', node, subject: part(node, 'operand') };
  }
  for (const node of nodes) {
    if (node.kind !== 'call_expression') continue;
    const operation = byCallName(calledName(node), inner);
    if (operation === undefined) continue;
    const fnNode = part(node, 'function');
    return { operation, node, subject: fnNode === undefined ? undefined : part(fnNode, 'operand') };
  }
  return undefined;
}

function isReceive(node: Syntax): boolean {
  return node.kind === 'unary_expression' && textOf(node).startsWith('<-');
}

function byCallName(name: string, inner: string): Operation | undefined {
  if (/^(R?Lock|LockContext|Acquire)$/.test(name)) return 'lock';
  if (name === 'Wait') return /Cond/.test(inner) ? 'cond' : 'wait-group';
  if (name === 'Sleep') return 'sleep';
  return /^(Read|Write|Accept|Recv|Do|Get|Scan|ReadFull|Copy|ReadAll)\w*$/.test(name) ? 'io' : undefined;
}

/** The case that is not a way out: what the goroutine really wants. */
function selectSubject(select: Syntax): Syntax | undefined {
  for (const child of select.children) {
    const communication = child.kind === 'communication_case' ? part(child, 'communication') : undefined;
    if (communication === undefined) continue;
    const subject =
      communication.kind === 'send_statement'
        ? part(communication, 'channel')
        : [...walk(communication)].filter(isReceive).map((node) => part(node, 'operand'))[0];
    if (subject !== undefined && !/Done\(\)|After\(|\.C$|quit|stop|done/i.test(textOf(subject))) return subject;
  }
  return undefined;
}

function cases(select: Syntax): string {
  return select.children
    .flatMap((child) => (child.kind === 'communication_case' ? (part(child, 'communication') ?? []) : []))
    .map((communication) => textOf(communication))
    .join('\n');
}

interface Channel {
  readonly expression: Syntax;
  readonly uses: readonly Syntax[];
}

/** The channel behind a parameter is what callers pass: their uses of it count too. */
function channelOf(program: Program, places: Places, subject: Syntax): Channel | undefined {
  const place = places.placeOf(subject);
  if (place === undefined) return undefined;
  const uses = [...places.usesOf(place)];
  if (place.kind !== 'variable' || place.binding.kind !== 'parameter') return { expression: subject, uses };
  let expression = subject;
  for (const passed of argumentsFor(program, place)) {
    const outer = places.placeOf(passed);
    if (outer === undefined) continue;
    expression = passed;
    uses.push(...places.usesOf(outer));
  }
  return { expression, uses };
}

function counterpartsOf(
  program: Program,
  uses: readonly Syntax[],
  operation: Operation,
  own: Syntax,
): readonly Syntax[] {
  const found = new Set<Syntax>();
  for (const use of uses) {
    const parent = use.parent;
    if (parent === undefined || contains(own, use)) continue;
    const receives =
      (parent.kind === 'unary_expression' && textOf(parent).startsWith('<-')) ||
      (parent.kind === 'range_clause' && part(parent, 'right') === use);
    const sends = parent.kind === 'send_statement' && part(parent, 'channel') === use;
    if (operation === 'send' && receives) found.add(parent);
    else if ((operation === 'receive' || operation === 'range') && (sends || isClosed(use))) found.add(parent);
    else if (operation === 'select' && (receives || sends)) found.add(parent);
    else if (operation === 'lock' && /^\.R?Unlock\(/.test(use.source.slice(use.end, use.end + 12))) found.add(parent);
    else if (operation === 'lock' && /^\.R?Lock\(/.test(use.source.slice(use.end, use.end + 12))) found.add(parent);
    else if (operation === 'wait-group' && /^\.Done\(/.test(use.source.slice(use.end, use.end + 6))) found.add(parent);
    else if (operation === 'cond' && /^\.(Signal|Broadcast)\(/.test(use.source.slice(use.end, use.end + 12)))
      found.add(parent);
  }
  void program;
  return [...found];
}

/** Whoever gets the channel in another way (an argument, an alias, a pointer) may do anything with it. */
function isUnanswered({ uses }: Channel, operation: Operation, place: Place | undefined): boolean {
  if (place?.kind !== 'variable' || place.binding.kind !== 'package' || /^\p{Lu}/u.test(place.binding.name))
    return false;
  const isSame = (use: Syntax): boolean => {
    const { parent } = use;
    if (operation === 'send') return parent?.kind === 'send_statement' && part(parent, 'channel') === use;
    if (operation === 'receive' || operation === 'range')
      return (
        (parent?.kind === 'unary_expression' && textOf(parent).startsWith('<-')) ||
        (parent?.kind === 'range_clause' && part(parent, 'right') === use)
      );
    return false;
  };
  const isMade = (use: Syntax): boolean =>
    use === place.binding.declaration && place.binding.init !== undefined
      ? madeCapacity(place.binding.init) !== undefined
      : false;
  return uses.some(isMade) && uses.every((use) => isMade(use) || isSame(use));
}

/**
 * Ways past the counterpart: other cases of its select that leave, and returns that stand before it in its function
 * but after the goroutine was started there.
 */
function earlyExits(program: Program, counterpart: Syntax, blocked: GoFunction): readonly SourceSite[] {
  const fn = program.functionAround(counterpart);
  if (fn === undefined || fn === blocked) return [];
  const exits: SourceSite[] = [];
  const select = around(counterpart, 'select_statement', 'func_literal', 'function_declaration', 'method_declaration');
  if (select?.kind === 'select_statement') {
    for (const child of select.children) {
      if (contains(child, counterpart)) continue;
      const leaving = [...walkOwn(child)].find(
        (node) => node.kind === 'return_statement' || node.kind === 'break_statement',
      );
      if (leaving !== undefined) exits.push(program.siteOf(child), program.siteOf(leaving));
      else if (child.kind === 'default_case' || /After\(|Done\(\)/.test(cases(select)))
        exits.push(program.siteOf(child));
    }
  }
  const started = contains(fn.node, blocked.node) ? blocked.node.start : fn.body.start;
  for (const node of walkOwn(fn.body)) {
    if (node.kind === 'return_statement' && node.start > started && node.end < statementOf(counterpart).start)
      exits.push(program.siteOf(node));
  }
  return exits;
}

function capacityOf(uses: readonly Syntax[]): string | undefined {
  for (const use of uses) {
    const list = use.parent;
    const right =
      list?.kind === 'expression_list' && list.parent !== undefined
        ? part(list.parent, 'right')?.children[list.children.indexOf(use)]
        : list?.kind === 'var_spec'
          ? part(list, 'value')?.children[0]
          : undefined;
    const capacity = right === undefined ? undefined : madeCapacity(right);
    if (capacity !== undefined) return capacity;
  }
  return undefined;
}

function madeCapacity(node: Syntax): string | undefined {
  if (node.kind !== 'call_expression' || calledName(node) !== 'make') return undefined;
  const [type, capacity] = argumentsOf(node);
  if (type === undefined || !/^(<-\s*)?chan\b/.test(textOf(type))) return undefined;
  return capacity === undefined ? '0' : textOf(capacity);
}

function isClosed(use: Syntax): boolean {
  const call = use.parent?.kind === 'argument_list' ? use.parent.parent : undefined;
  return call?.kind === 'call_expression' && calledName(call) === 'close';
}

function distinct(sites: readonly SourceSite[]): readonly SourceSite[] {
  const seen = new Set<string>();
  return sites.filter((site) => {
    const key = `${site.file}:${site.line}`;
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}
