// What must be released: which calls acquire something, and which method gives it back. One table, for the facts about
// a function and for the static scan alike.
import type { Unreleased } from '../model/source-facts.ts';
import { argumentsOf } from './calls.ts';
import type { Program } from './program.ts';
import { part, type Syntax, textOf } from './syntax.ts';
import { calleeOf, typeOf } from './types.ts';

export interface Acquisition {
  readonly kind: Unreleased['kind'];
  /** Which result of the call must be released. */
  readonly result: number;
  /** Method names that release it; `()` is calling it. */
  readonly release: RegExp;
  /** The release is called on this field of it. */
  readonly field?: string;
}

const close = /^Close$/;

const byResultType: readonly (readonly [RegExp, Acquisition])[] = [
  [/^\*http\.Response$/, { kind: 'response-body', result: 0, release: close, field: 'Body' }],
  [/^\*sql\.Rows$/, { kind: 'rows', result: 0, release: close }],
  [/^\*sql\.Stmt$/, { kind: 'rows', result: 0, release: close }],
  [/^\*sql\.Conn$/, { kind: 'rows', result: 0, release: close }],
  [/^\*sql\.Tx$/, { kind: 'rows', result: 0, release: /^(Commit|Rollback)$/ }],
  [/^\*sql\.DB$/, { kind: 'db', result: 0, release: close }],
  [/^\*os\.File$/, { kind: 'file', result: 0, release: close }],
  [/^(net\.Conn|\*net\.TCPConn|\*tls\.Conn)$/, { kind: 'connection', result: 0, release: close }],
  [/^\*time\.Ticker$/, { kind: 'ticker', result: 0, release: /^Stop$/ }],
];

const byCallee: Readonly<Record<string, Acquisition>> = {
  'time.NewTimer': { kind: 'timer', result: 0, release: /^Stop$/ },
};

const contextual = /^context\.With(Cancel|CancelCause|Timeout|TimeoutCause|Deadline|DeadlineCause)$/;
const clientConstructor =
  /(^|\/)(grpc\.(Dial|DialContext|NewClient)|redis\.NewClient|clientv3\.New|mongo\.Connect|kafka\.NewReader|nats\.Connect)$/;

/** What this call acquires, if anything. */
export function acquisitionBy(program: Program, call: Syntax): Acquisition | undefined {
  const callee = calleeOf(program, call);
  if (callee.kind === 'library') {
    if (contextual.test(callee.path)) return { kind: 'cancel', result: 1, release: /^\(\)$/ };
    if (clientConstructor.test(callee.path)) return { kind: 'db', result: 0, release: /^(Close|Disconnect|Drain)$/ };
    const known = byCallee[callee.path];
    if (known !== undefined) return known;
  }
  if (callee.kind === 'library' || callee.kind === 'library-method') {
    const type = typeOf(program, call)?.text;
    const found = type === undefined ? undefined : byResultType.find(([pattern]) => pattern.test(type))?.[1];
    if (found !== undefined) return found;
  }
  if (callee.kind !== 'library-method') return undefined;
  // A driver or wrapper whose types are not known still speaks database/sql's words, on something called db, tx, conn.
  const receiver = textOf(callee.receiver);
  if (
    /^(Query|QueryContext|Queryx|QueryxContext|NamedQuery)$/.test(callee.name) &&
    /(db|tx|conn|pool|stmt|sess)\w*$/i.test(receiver)
  )
    return { kind: 'rows', result: 0, release: close };
  if (
    /^(Do|Get|Post|RoundTrip)$/.test(callee.name) &&
    /(client|http|transport)\w*(\(\))?$/i.test(receiver) &&
    callee.receiverType === undefined
  )
    return argumentsOf(call).length > 0 && twoResults(call)
      ? { kind: 'response-body', result: 0, release: close, field: 'Body' }
      : undefined;
  return undefined;
}

function twoResults(call: Syntax): boolean {
  const list = call.parent;
  const left = list?.parent === undefined ? undefined : part(list.parent, 'left');
  return left?.children.length === 2 && /\bresp|\bres\b|response/i.test(textOf(left));
}

/** `&http.Transport{…}`, or a clone of the default one. */
export function isTransport(node: Syntax): boolean {
  if (node.kind === 'composite_literal') {
    const type = part(node, 'type');
    return (
      type !== undefined && /^http\.Transport$/.test(textOf(type)) && !/DisableKeepAlives:\s*true/.test(textOf(node))
    );
  }
  return node.kind === 'call_expression' && /\.\(\*http\.Transport\)\.Clone\(\)$/.test(textOf(node));
}
