// What the source around a line says, ready for rules: where a value that is allocated on a stack ends up, what a
// goroutine waits for, what is never closed. Built by `scan/` from the files of a case; pure to read.
// Everything here is a reading of text, not a proof: absent facts mean "not found", never "does not happen".
import type { ScanHit } from './scan.ts';
import type { Frame } from './stacks.ts';

export interface SourceFacts {
  /** Files that could be read and parsed. */
  readonly files: readonly string[];
  /** Lines around `line`, or undefined when the file is not available. */
  snippet(file: string, line: number, contextLines: number): readonly SnippetLine[] | undefined;
  /**
   * Follows the value that is allocated at the leaf end of this stack (frames leaf first) through assignments, returns
   * (up the stack), arguments (down into functions of the same package), composite literals, slicing and closures, to
   * the places that keep it. Empty `keeps`: it was followed and no keeper was found. Undefined: no source.
   */
  flowOf(stack: readonly Frame[]): ValueFlow | undefined;
  /** What the function around this frame does, by its syntax; undefined when the source is not available. */
  functionAround(frame: Frame): FunctionFacts | undefined;
  /** Every declared function of the program's own files, for searches that have no frame to start from. */
  functions(): readonly FunctionFacts[];
  /**
   * Facts of the channel, lock or wait group operation at a goroutine's blocked line, and of its counterpart:
   * for `ch <- v` who receives and how that receiver can return early. Undefined when no source or no operation there.
   */
  blockingAt(stack: readonly Frame[]): BlockingFacts | undefined;
  /** What the static rules see in the package of this file; empty without its source. By itself no more than possible. */
  hitsIn(file: string): readonly ScanHit[];
  /** Where a slice or string is cut on its way into this place, by the syntax; at most a handful. */
  cutsInto(holder: SliceHolder): readonly SourceSite[];
  /** The go statement that starts the goroutine with this entry frame, searched in the package of the entry. */
  spawnOf(entry: Frame): Frame | undefined;
}

/** A place that keeps slices or strings, as a heap walk names it. */
export interface SliceHolder {
  /** Name of the struct type without its package; undefined for a variable of a package. */
  readonly owner: string | undefined;
  /** Of the field or variable. */
  readonly name: string;
}

export interface SnippetLine {
  readonly line: number;
  readonly text: string;
}

/** A line of source with the function it stands in, in Go's symbol names (`main.(*set).add`, `main.main.func1`). */
export interface SourceSite extends Frame {
  readonly text: string;
}

export interface ValueFlow {
  /** Where the allocation expression stands (first frame of the stack with source). */
  readonly allocation: SourceSite;
  /** What happened to the value on its way, outermost last. */
  readonly transforms: readonly ValueTransform[];
  readonly keeps: readonly Keep[];
}

export interface ValueTransform {
  readonly kind:
    | 'subslice'
    | 'substring'
    | 'lost-elements'
    | 'element-pointer'
    | 'field'
    | 'wrapped'
    | 'converted'
    | 'copied'
    | 'passed'; // handed to a function of the program, at this call
  readonly site: SourceSite;
}

export type KeepKind =
  | 'append' // c = append(c, v)
  | 'map-assign' // m[k] = v (value or key)
  | 'sync-map-store'
  | 'index-assign' // s[i] = v
  | 'field-assign' // x.f = v where x outlives the function
  | 'global-assign'
  | 'list-push' // container/list, ring, heap.Push
  | 'channel-send'
  | 'pool-put'
  | 'timer-closure' // time.AfterFunc, captured by its closure
  | 'timer' // time.After, NewTimer, NewTicker
  | 'goroutine-capture' // captured by or passed to a go statement
  | 'finalizer' // runtime.SetFinalizer, AddCleanup
  | 'context-child' // context.With* on a parent
  | 'registration' // handed to a function that keeps it: signal.Notify, OnX, Subscribe, Register, AddListener …
  | 'defer-closure' // captured by a deferred call
  | 'linked'; // stored in a node that points to its predecessor (ctx = WithValue(ctx), n.next = head)

export interface Keep {
  readonly kind: KeepKind;
  readonly site: SourceSite;
  readonly container: Container | undefined;
  /** Operations on the same container elsewhere in the package that take entries out or make it small again. */
  readonly removals: readonly ContainerOperation[];
  /** Comparisons of len(container) or a counter that look like a bound. */
  readonly bounds: readonly SourceSite[];
  /** Transforms of the value between its allocation and this keeper. */
  readonly transforms: readonly ValueTransform[];
  /** Of a slice that was cut: is it made longer again over its array? `perhaps` for all others. */
  readonly regrowth: Regrowth;
  /** The keep stands in a loop of its function. */
  readonly inLoop: boolean;
}

/**
 *   never    all that uses it was read, and nothing appends to it, reslices it or hands it on to code that may
 *   perhaps  not all could be read
 *   shown    it is filled again: `b.buf = append(b.buf, …)`, `b.buf[:cap(b.buf)]`
 */
export type Regrowth = 'never' | 'perhaps' | 'shown';

export interface Container {
  /** As written: `backlog.items`, `s.a`, `cache`. */
  readonly expression: string;
  /** Resolved when possible: `main.cache`, `main.(*set).a`. */
  readonly name: string;
  readonly scope: 'package' | 'field' | 'local' | 'parameter' | 'unknown';
  /** As declared, when found: `map[int][]byte`, `[]*job`, `sync.Map`, `chan event`. */
  readonly type: string | undefined;
  /** What its elements are underneath their name: `func(pair string)` of `map[int]listener`. */
  readonly elementType: string | undefined;
}

export interface ContainerOperation {
  readonly kind:
    | 'delete' // delete(m, k), sync.Map.Delete, list.Remove
    | 'reslice-head' // s = s[n:]
    | 'reslice-tail' // s = s[:n]
    | 'truncate' // s = s[:0]: the slots still point to what they held
    | 'clear' // clear(m), s = nil, m = make(…)
    | 'nil-slot' // s[i] = nil / zero value
    | 'receive' // <-ch, range ch
    | 'unregister' // signal.Stop, Unsubscribe, Remove…
    | 'close';
  readonly site: SourceSite;
}

export interface FunctionFacts {
  readonly symbol: string;
  readonly file: string;
  readonly startLine: number;
  readonly endLine: number;
  readonly calls: readonly CallFact[];
  /** A `for` without condition, or over a channel or ticker, that has no return and no break out of it. */
  readonly endlessLoops: readonly SourceSite[];
  /** `defer` statements that stand inside a loop of this same function. */
  readonly defersInLoops: readonly SourceSite[];
  /** Resources that this function acquires and, by its syntax, does not release on some or any path. */
  readonly unreleased: readonly Unreleased[];
}

export interface CallFact {
  /** Callee as written, with import names resolved to paths: `net/http.Get`, `c.Close`, `context.WithCancel`. */
  readonly callee: string;
  readonly site: SourceSite;
  readonly inLoop: boolean;
  readonly deferred: boolean;
  readonly spawned: boolean;
}

export interface Unreleased {
  readonly kind:
    | 'response-body' // http.Response whose Body is never closed
    | 'rows' // *sql.Rows, Stmt, Tx without Close / Rollback / Commit
    | 'cancel' // context.With* whose cancel is dropped or never called
    | 'ticker'
    | 'timer'
    | 'file'
    | 'connection' // net.Dial / Accept without Close
    | 'db' // sql.Open, client constructors per call
    | 'http-transport' // &http.Transport{} / &http.Client{Transport: …} per call
    | 'signal' // signal.Notify without Stop
    | 'subscription' // Subscribe/Watch/Register whose result is dropped
    | 'lock'; // Lock without Unlock on a returning path
  readonly site: SourceSite;
  /** Variable that holds it, '' when the result is dropped. */
  readonly variable: string;
  /** `never`: no release anywhere in the function and it does not escape; `some-path`: a return before the release. */
  readonly missing: 'never' | 'some-path';
  /** The return that leaves without release, for `some-path`. */
  readonly returnSite: SourceSite | undefined;
}

export interface BlockingFacts {
  readonly operation:
    | 'send'
    | 'receive'
    | 'range'
    | 'select'
    | 'lock'
    | 'wait-group'
    | 'cond'
    | 'sleep'
    | 'io'
    | 'other';
  readonly site: SourceSite;
  /** Channel, mutex or wait group as written, and resolved. */
  readonly subject: Container | undefined;
  /** make(chan T, n): the capacity as written; '0' for unbuffered; undefined when not found. */
  readonly capacity: string | undefined;
  /** The other side: receives for a send, sends and closes for a receive, unlocks for a lock, Done for Wait. */
  readonly counterparts: readonly SourceSite[];
  /** Returns, breaks or select cases that make the counterpart leave without doing its part. */
  readonly earlyExits: readonly SourceSite[];
  /** True when a `close` of the channel was found in the package. */
  readonly closed: boolean;
  /**
   * True: a channel in a variable that only its package can use, and all of the package does the same with it: nothing does the
   * other side, closes it or hands it on.
   */
  readonly unanswered: boolean;
  /** The select has a case on a context's Done or a quit channel. */
  readonly cancellable: boolean;
}
