// Which inserts into a long-lived container go on for as long as the program runs? Not those of start-up, of
// constructors, with keys from a small fixed set.
import type { GoFunction } from '../go-function.ts';
import { around, loopAround, part, type Syntax, textOf, unparenthesised } from '../syntax.ts';
import { typeOf } from '../types.ts';
import type { Insert, LongLivedContainer } from './containers.ts';
import { hasFewValues } from './few-values.ts';
import type { PackageFacts } from './package-facts.ts';
import { runsOnce } from './releases.ts';
import type { StaticHit } from './static-rule.ts';

/** Operations after which a container has fewer entries, or none. */
const takesOut = new Set(['delete', 'clear', 'reslice-head', 'reslice-tail', 'truncate', 'unregister']);

export const losesEntries = (container: LongLivedContainer): boolean =>
  container.operations.some((operation) => takesOut.has(operation.kind));

/** Inserts that grow it, when nothing bounds it; empty when something does or may. */
export function growingInserts(facts: PackageFacts, container: LongLivedContainer): readonly Insert[] {
  if (losesEntries(container) || container.isBounded || container.escapes || isReset(facts, container)) return [];
  if (container.keyType !== undefined && isSmallKey(container.keyType)) return [];
  return container.inserts.filter((insert) => isRecurring(facts, insert, container));
}

const mostOthers = 4;

/** One container is one question, however many lines fill it: the first is pointed at, the others are related. */
export function onceAContainer(
  container: LongLivedContainer,
  inserts: readonly Insert[],
  message: string,
): readonly StaticHit[] {
  const [first, ...others] = inserts;
  if (first === undefined) return [];
  return [
    {
      at: first.node,
      message,
      related: [
        ...others.slice(0, mostOthers).map(({ node }) => ({ at: node, message: 'and filled here' })),
        { at: container.declaration, message: 'declared here' },
      ],
    },
  ];
}

/** Few values: the container is a table. Types of the program are finite, too. */
function isSmallKey(type: string): boolean {
  return /^(bool|u?int8|byte|reflect\.(Type|Kind)|\*?types\.\w+|struct\{\}|\*ast\.\w+)$/.test(type);
}

export function isRecurring(facts: PackageFacts, { node, key, value }: Insert, container: LongLivedContainer): boolean {
  const fn = facts.functionOf(node);
  if (fn === undefined || runsOnce(fn) || isInOnce(facts, node)) return false;
  if (key !== undefined && (isConstant(facts, key) || isEnum(facts, key) || isType(facts, key))) return false;
  // `m[k] = m[k] + 1`, `m[k] = append(m[k], v)` grow like any other; `m[k] = nil` may only switch something off.
  if (value !== undefined && /^(nil|false)$/.test(textOf(value))) return false;
  if (isOfFreshObject(facts, node)) return false;
  // Few keys make a table; but lists below few keys grow, `m[n % 8] = append(m[n % 8], v)`.
  const isList = value?.kind === 'call_expression' && lastName(value) === 'append';
  if (key !== undefined && !isList && hasFewValues(facts, key)) return false;
  return !isStartUpOnly(facts, outermost(fn), container);
}

function isConstant(facts: PackageFacts, key: Syntax): boolean {
  const plain = unparenthesised(key);
  if (/_literal$/.test(plain.kind) && plain.kind !== 'composite_literal' && plain.kind !== 'func_literal') return true;
  if (plain.kind !== 'identifier') return false;
  // A name that no scope declares as a variable is a constant (or a function).
  return facts.program.bindingOf(facts.program.fileOf(plain), plain) === undefined;
}

/** Tables by type, as encoders have them: a program has only so many types. Of a sync.Map only the key itself tells. */
function isType(facts: PackageFacts, key: Syntax): boolean {
  const type = typeOf(facts.program, key)?.text.trim() ?? '';
  return (
    isSmallKey(type) || /^\*?(rtype|abi\.Type|_type)$/.test(type) || /\.Type\(\)$|^reflect\.TypeOf\(/.test(textOf(key))
  );
}

/** `type state int`: a named number that is no id. */
function isEnum(facts: PackageFacts, key: Syntax): boolean {
  const type = typeOf(facts.program, key)?.text ?? '';
  const declared = facts.package.types.get(type);
  return declared !== undefined && /^u?int(8|16|32)?$/.test(declared.underlying.text) && !/id$/i.test(type);
}

function isInOnce(facts: PackageFacts, node: Syntax): boolean {
  for (let literal = around(node, 'func_literal'); literal !== undefined; literal = around(literal, 'func_literal')) {
    const call = literal.parent?.parent;
    if (call?.kind === 'call_expression' && /^(Do|OnceFunc|OnceValues?)$/.test(lastName(call))) return true;
  }
  const fn = facts.functionOf(node);
  const name = fn === undefined ? '' : outermost(fn).name;
  const calls = name === '' ? [] : facts.mentions(name);
  return (
    calls.length > 0 &&
    calls.every(
      (use) =>
        use.parent?.kind === 'argument_list' && /^(Do|OnceFunc|OnceValues?)$/.test(lastName(use.parent.parent ?? use)),
    )
  );
}

const lastName = (call: Syntax): string => /(\w+)\s*$/.exec(textOf(part(call, 'function') ?? call))?.[1] ?? '';

/** A constructor fills what it makes: `c := &cache{…}; c.m[k] = v`. */
export function isOfFreshObject(facts: PackageFacts, node: Syntax): boolean {
  const fn = node.kind === 'call_expression' ? part(node, 'function') : undefined;
  const operand =
    node.kind === 'call_expression'
      ? fn?.kind === 'selector_expression'
        ? part(fn, 'operand')
        : part(node, 'arguments')?.children[0]
      : part(node, 'operand');
  const root = operand === undefined ? undefined : facts.places.rootOf(operand);
  if (root?.kind !== 'local') return false;
  const init = root.init === undefined ? undefined : unparenthesised(root.init);
  if (init === undefined) return root.typeText !== undefined;
  if (init.kind === 'composite_literal') return true;
  if (init.kind === 'unary_expression') return part(init, 'operand')?.kind === 'composite_literal';
  return (
    init.kind === 'call_expression' &&
    /^(new|New\w*|new[A-Z]\w*|make[A-Z]\w*|create\w*|init[A-Z]\w*)$/.test(lastName(init))
  );
}

function outermost(fn: GoFunction): GoFunction {
  let at = fn;
  while (at.outer !== undefined) at = at.outer;
  return at;
}

const startUpName =
  /^(Must|must)?(init|Init|setup|Setup|New|new|register|Register|Handle|HandleFunc|define|Define|Declare|declare|install|Install|provide|Provide|publish|Publish|load[A-Z]?|Load[A-Z]?|parse[A-Z]?|Parse[A-Z]?|read|build|Build|populate|configure|Configure|compile|Compile|declare|Enable|enable|With)/;

/**
 * Called at start-up as far as the package shows: by init, main and package variables only; or by nobody here and by a
 * name that programs call from their init.
 */
function isStartUpOnly(facts: PackageFacts, fn: GoFunction, container: LongLivedContainer, depth = 0): boolean {
  if (depth > 4 || fn.name === '') return depth > 0;
  if (runsOnce(fn)) return true;
  const uses = facts.mentions(fn.name).filter((use) => {
    const caller = facts.functionOf(use);
    return caller === undefined || outermost(caller) !== fn;
  });
  if (startUpName.test(fn.name)) {
    const isObserver = /(listener|observer|subscriber|watcher|callback)/i.test(container.name);
    if (!isObserver || uses.length === 0) return true;
  }
  if (uses.length === 0) return false;
  return uses.every((use) => {
    // Handed on as a value, or started as a goroutine, nobody knows when and how often it runs.
    const call = use.parent?.kind === 'call_expression' && use.field === 'function' ? use.parent : undefined;
    const caller = facts.functionOf(use);
    if (caller === undefined) return true;
    if (call === undefined || call.parent?.kind === 'go_statement' || isInEndlessLoop(call)) return false;
    return isStartUpOnly(facts, outermost(caller), container, depth + 1);
  });
}

/** `for { … }`, `for n := 0; ; n++ { … }` of the same function. */
function isInEndlessLoop(node: Syntax): boolean {
  for (let loop = loopAround(node); loop !== undefined; loop = loopAround(loop)) {
    const header = loop.children.find((child) => child.field !== 'body');
    if (header === undefined || (header.kind === 'for_clause' && part(header, 'condition') === undefined)) return true;
  }
  return false;
}

/** The whole object is made anew, or the variable that holds it: `registry = newRegistry()`. */
function isReset(facts: PackageFacts, { place }: LongLivedContainer): boolean {
  const owner = place.kind === 'field' ? place.owner?.declaration.name : undefined;
  return facts.nodes('assignment_statement').some((statement) => {
    const operator = part(statement, 'operator');
    if (operator !== undefined && textOf(operator) !== '=') return false;
    return (part(statement, 'left')?.children ?? []).some((target) => {
      const plain = unparenthesised(target);
      if (plain.kind === 'unary_expression' && textOf(plain).startsWith('*'))
        return owner !== undefined && typeOf(facts.program, plain)?.text === owner;
      if (plain.kind !== 'identifier') return false;
      const binding = facts.program.bindingOf(facts.program.fileOf(plain), plain);
      if (binding?.kind !== 'package' || runsOnce(facts.functionOf(statement))) return false;
      if (place.kind === 'variable')
        return binding === place.binding && !isAppendTo(statement, plain) && !isFirstFill(statement, plain);
      return (
        typeOf(facts.program, binding.declaration)?.text.replace(/^\*/, '') === owner && !isFirstFill(statement, plain)
      );
    });
  });
}

const isAppendTo = (statement: Syntax, target: Syntax): boolean =>
  textOf(part(statement, 'right') ?? statement).startsWith(`append(${textOf(target)},`);

/** `if cache == nil { cache = … }` */
function isFirstFill(statement: Syntax, target: Syntax): boolean {
  const check = around(statement, 'if_statement');
  return check !== undefined && textOf(part(check, 'condition') ?? check).includes(`${textOf(target)} == nil`);
}
