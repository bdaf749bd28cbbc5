// Ways through one function: a duty begins at a node (a file is opened, a lock taken), some nodes end it (Close, Unlock,
// handing the thing on), and the question is which exits can be reached while it is still open. Go's statements are
// structured, so the tree is walked once with a set of what can be true at each point, loops until nothing is added;
// functions with goto are not judged.
import { calledName } from '../calls.ts';
import { part, type Syntax, textOf } from '../syntax.ts';

export interface Duty {
  /** Where it begins; undefined when the function begins with it. */
  readonly start: Syntax | undefined;
  /**
   * Nodes that end it when they run; a deferred one ends it for all exits behind the defer. A `for` statement among them
   * ends it when its condition no longer holds.
   */
  readonly ends: readonly Syntax[];
  /** Variable that tells whether the start failed (`err`): where it is not nil there is no duty. */
  readonly failure?: string | undefined;
  /** Variable that holds the thing: where it is nil there is no duty. */
  readonly variable?: string | undefined;
}

export interface OpenExit {
  /** The return, the start that is reached again, or the body whose end is reached. */
  readonly node: Syntax;
  readonly kind: 'return' | 'end' | 'again';
}

/** Bits: what can be true of the duty at a point. 0 is a point that is not reached. */
const idle = 1;
const fresh = 2; // begun, and whether it failed has not been asked
const open = 4;
const done = 8;
type State = number;

interface Target {
  readonly node: Syntax;
  readonly label: string | undefined;
  readonly isLoop: boolean;
  broken: State;
  continued: State;
}

/** Deeper nests are written by generators; they are not judged. */
const maxDepth = 200;
class NotJudged extends Error {}

/** Undefined when the function cannot be judged (goto). */
export function openExits(body: Syntax, duty: Duty): readonly OpenExit[] | undefined {
  const walker = createWalker(body, duty);
  try {
    return walker.run();
  } catch (error) {
    if (error instanceof NotJudged) return undefined;
    throw error;
  }
}

function createWalker(body: Syntax, duty: Duty): { run(): readonly OpenExit[] } {
  const exits = new Map<Syntax, OpenExit['kind']>();
  const targets: Target[] = [];
  const ending = ancestorsOf(duty.ends, body);
  const starting = ancestorsOf(duty.start === undefined ? [] : [duty.start], body);
  let depth = 0;

  const leave = (state: State, node: Syntax, kind: OpenExit['kind']): void => {
    if ((state & (fresh | open)) !== 0 && !exits.has(node)) exits.set(node, kind);
  };
  /** A statement or expression without control flow of its own. */
  const simple = (node: Syntax | undefined, state: State): State => {
    if (node === undefined || state === 0) return state;
    let after = state;
    if (duty.failure !== undefined && (after & fresh) !== 0 && assigns(node, duty.failure) && !starting.has(node))
      after = (after & ~fresh) | open;
    if (starting.has(node)) {
      leave(after, duty.start!, 'again');
      after = duty.failure === undefined ? open : fresh;
    }
    if (ending.has(node)) after = done | (after & idle);
    return endsProgram(node) ? 0 : after;
  };
  const known = (state: State, condition: Syntax | undefined): readonly [State, State] => {
    const [whenTrue, whenFalse] = condition === undefined ? neither : meaningOf(condition, duty);
    return [narrowed(state, whenTrue), narrowed(state, whenFalse)];
  };
  const sequence = (nodes: readonly Syntax[], state: State): State => {
    let at = state;
    for (const node of nodes) at = statement(node, at, undefined);
    return at;
  };
  const block = (node: Syntax | undefined, state: State): State => {
    let at = state;
    for (const list of node?.children ?? []) if (list.kind === 'statement_list') at = sequence(list.children, at);
    return at;
  };
  const inTarget = (
    node: Syntax,
    label: string | undefined,
    isLoop: boolean,
    run: (target: Target) => State,
  ): State => {
    const target: Target = { node, label, isLoop, broken: 0, continued: 0 };
    targets.push(target);
    const after = run(target);
    targets.pop();
    return after | target.broken;
  };
  const jump = (node: Syntax, state: State, isBreak: boolean): State => {
    const label = node.children[0] === undefined ? undefined : textOf(node.children[0]);
    for (let index = targets.length - 1; index >= 0; index--) {
      const target = targets[index]!;
      if (label === undefined ? !isBreak && !target.isLoop : target.label !== label) continue;
      if (isBreak) target.broken |= state;
      else target.continued |= state;
      break;
    }
    return 0;
  };

  const ifStatement = (first: Syntax, state: State): State => {
    let after = 0;
    let at = state;
    let node: Syntax | undefined = first;
    while (node?.kind === 'if_statement') {
      at = simple(part(node, 'initializer'), at);
      const condition = part(node, 'condition');
      at = simple(condition, at);
      const [whenTrue, whenFalse] = known(at, condition);
      after |= block(part(node, 'consequence'), whenTrue);
      at = whenFalse;
      node = part(node, 'alternative');
    }
    return after | (node === undefined ? at : block(node, at));
  };

  const forStatement = (node: Syntax, state: State, label: string | undefined): State =>
    inTarget(node, label, true, (target) => {
      const loopBody = part(node, 'body');
      const header = node.children.find((child) => child !== loopBody);
      const clause = header?.kind === 'for_clause' ? header : undefined;
      let before = simple(part(clause ?? node, 'initializer'), state);
      if (header?.kind === 'range_clause') before = simple(header, before);
      const condition =
        clause === undefined ? (header?.kind === 'range_clause' ? undefined : header) : part(clause, 'condition');
      // A ticker's channel is never closed.
      const ticks = header?.kind === 'range_clause' && /\brange\s+(time\.Tick\(.*\)|[\w.]+\.C)$/.test(textOf(header));
      const endless = ticks || (condition === undefined && header?.kind !== 'range_clause');
      // A loop that ends the duty is taken to run at least once: whether it does is beyond the syntax.
      const runs = loopBody !== undefined && ending.has(loopBody) && state !== 0;
      let skipped: State = 0;
      let at = before;
      for (;;) {
        const tested = simple(condition, at);
        const [whenTrue, whenFalse] = known(tested, condition);
        skipped |= at === before && runs ? 0 : whenFalse;
        target.continued = 0;
        const back = block(loopBody, whenTrue) | target.continued;
        const again = simple(part(clause ?? node, 'update'), back);
        skipped |= runs ? known(simple(condition, again), condition)[1] : 0;
        if ((at | again) === at) break;
        at |= again;
      }
      if (duty.ends.includes(node)) return skipped === 0 ? 0 : done;
      return endless ? 0 : skipped;
    });

  const cases = (node: Syntax, state: State, label: string | undefined): State =>
    inTarget(node, label, false, () => {
      let at = simple(part(node, 'initializer'), state);
      const value = part(node, 'value');
      at = simple(value, at);
      const isSelect = node.kind === 'select_statement';
      let after = 0;
      let fell = 0;
      let hasDefault = false;
      for (const child of node.children) {
        if (!child.kind.endsWith('_case')) continue;
        let inside = at;
        if (child.kind === 'default_case') hasDefault = true;
        else if (isSelect) inside = simple(part(child, 'communication'), at);
        else {
          const tests = part(child, 'value');
          const only = tests?.children.length === 1 ? tests.children[0] : undefined;
          if (value !== undefined && textOf(value) === duty.failure) {
            inside = narrowed(at, only?.kind === 'nil' ? 'worked' : 'failed');
            if (only?.kind === 'nil') at = narrowed(at, 'failed');
          } else if (value === undefined && node.kind === 'expression_switch_statement') {
            const [whenTrue, whenFalse] = known(simple(tests, at), only);
            inside = whenTrue;
            at = only === undefined ? at : whenFalse;
          }
        }
        const list = child.children
          .filter((inner) => inner.kind === 'statement_list')
          .flatMap((inner) => inner.children);
        const out = sequence(list, inside | fell);
        const falls = list.at(-1)?.kind === 'fallthrough_statement';
        fell = falls ? out : 0;
        if (!falls) after |= out;
      }
      return hasDefault || isSelect ? after : after | at;
    });

  const statement = (node: Syntax, state: State, label: string | undefined): State => {
    if (state === 0) return 0;
    // Nothing is open and nothing begins inside: whatever happens there makes no difference. A function with thousands of
    // duties is walked once for each.
    if ((state & (fresh | open)) === 0 && !starting.has(node)) return state;
    if (++depth > maxDepth) throw new NotJudged();
    try {
      switch (node.kind) {
        case 'block':
          return label === undefined ? block(node, state) : inTarget(node, label, false, () => block(node, state));
        case 'if_statement':
          return ifStatement(node, state);
        case 'for_statement':
          return forStatement(node, state, label);
        case 'expression_switch_statement':
        case 'type_switch_statement':
        case 'select_statement':
          return cases(node, state, label);
        case 'labeled_statement': {
          const name = part(node, 'label');
          const inner = node.children.find((child) => child !== name);
          return inner === undefined ? state : statement(inner, state, name === undefined ? undefined : textOf(name));
        }
        case 'return_statement':
          leave(simple(node, state), node, 'return');
          return 0;
        case 'break_statement':
          return jump(node, state, true);
        case 'continue_statement':
          return jump(node, state, false);
        case 'goto_statement':
          throw new NotJudged();
        default:
          return simple(node, state);
      }
    } finally {
      depth--;
    }
  };

  return {
    run() {
      const after = block(body, duty.start === undefined ? open : idle);
      leave(after, body, 'end');
      return [...exits].map(([node, kind]) => ({ node, kind }));
    },
  };
}

type Meaning = 'failed' | 'worked' | 'absent' | undefined;
const neither = [undefined, undefined] as const;

/** What a condition tells about the duty when it holds, and when it does not. */
function meaningOf(condition: Syntax, duty: Duty): readonly [Meaning, Meaning] {
  const node = condition.kind === 'parenthesized_expression' ? (condition.children[0] ?? condition) : condition;
  if (node.kind === 'unary_expression' && textOf(node).startsWith('!')) {
    const operand = part(node, 'operand');
    const [whenTrue, whenFalse] = operand === undefined ? neither : meaningOf(operand, duty);
    return [whenFalse, whenTrue];
  }
  if (node.kind === 'binary_expression') {
    const operator = textOf(part(node, 'operator') ?? node);
    const left = part(node, 'left');
    const right = part(node, 'right');
    if (left === undefined || right === undefined) return neither;
    if (operator === '&&' || operator === '||') {
      const a = meaningOf(left, duty);
      const b = meaningOf(right, duty);
      return operator === '&&'
        ? [a[0] ?? b[0], a[1] === b[1] ? a[1] : undefined]
        : [a[0] === b[0] ? a[0] : undefined, a[1] ?? b[1]];
    }
    const name = right.kind === 'nil' ? textOf(left) : left.kind === 'nil' ? textOf(right) : undefined;
    if (name !== undefined && (operator === '==' || operator === '!=')) {
      const meanings: readonly [Meaning, Meaning] =
        name === duty.failure ? ['worked', 'failed'] : name === duty.variable ? ['absent', 'worked'] : neither;
      return operator === '==' ? meanings : [meanings[1], meanings[0]];
    }
    // `err == io.EOF`
    if (
      operator === '==' &&
      duty.failure !== undefined &&
      (textOf(left) === duty.failure || textOf(right) === duty.failure)
    )
      return ['failed', undefined];
    return neither;
  }
  // `ok`, and `errors.Is(err, …)`, `os.IsNotExist(err)`: true only of an error.
  if (node.kind === 'identifier' && textOf(node) === duty.failure) return ['worked', 'failed'];
  if (node.kind === 'call_expression' && duty.failure !== undefined) {
    const given = part(node, 'arguments')?.children.some((argument) => textOf(argument) === duty.failure) ?? false;
    return given ? ['failed', undefined] : neither;
  }
  return neither;
}

function narrowed(state: State, meaning: Meaning): State {
  switch (meaning) {
    case 'failed':
      return (state & fresh) === 0 ? state : (state & ~fresh) | done;
    case 'absent':
      return (state & (fresh | open)) === 0 ? state : (state & ~(fresh | open)) | done;
    case 'worked':
      return (state & fresh) === 0 ? state : (state & ~fresh) | open;
    default:
      return state;
  }
}

function assigns(node: Syntax, name: string): boolean {
  if (node.kind !== 'assignment_statement' && node.kind !== 'short_var_declaration') return false;
  return part(node, 'left')?.children.some((target) => textOf(target) === name) ?? false;
}

const endings =
  /^(?:panic|os\.Exit|syscall\.Exit|runtime\.Goexit|(?:\w+\.)*(?:log|Log|logger|glog|klog)\.(?:Fatal|Panic)\w*|[tb]\.(?:Fatal|Skip|FailNow)\w*|log\.Fatal\w*|fatalf?|Fatalf?)$/;

/** `panic(…)`, `os.Exit(1)`, `select {}`: nothing behind it runs. */
function endsProgram(node: Syntax): boolean {
  const call = node.kind === 'expression_statement' ? node.children[0] : undefined;
  if (call?.kind !== 'call_expression') return false;
  const fn = part(call, 'function');
  return fn !== undefined && (calledName(call) === 'throw' || endings.test(textOf(fn)));
}

function ancestorsOf(nodes: readonly Syntax[], body: Syntax): ReadonlySet<Syntax> {
  const found = new Set<Syntax>();
  for (const node of nodes) {
    for (let at: Syntax | undefined = node; at !== undefined && at !== body; at = at.parent) {
      if (found.has(at)) break;
      found.add(at);
    }
  }
  return found;
}
