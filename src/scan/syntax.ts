// A syntax tree as plain data: what tree-sitter parsed, copied once out of WebAssembly, because questions about parents
// and children are asked many times and each would cross the boundary. Only named nodes, and operators.
// Node kinds are tree-sitter-go's (grammar.js).
import type { Tree } from 'web-tree-sitter';

export interface Syntax {
  readonly kind: string;
  /** Role in the parent (`left`, `body` …), '' when it has none. */
  readonly field: string;
  /** Offsets into `source`. */
  readonly start: number;
  readonly end: number;
  /** 1-based. */
  readonly line: number;
  readonly endLine: number;
  readonly parent: Syntax | undefined;
  readonly children: readonly Syntax[];
  readonly source: string;
}

interface Open extends Syntax {
  children: Syntax[];
}

/** Most nodes have no children: they share one empty list. */
const none: Syntax[] = [];

/** Text inside these is enough; their inner nodes are never asked for. */
const leaves = new Set(['interpreted_string_literal', 'raw_string_literal', 'comment', 'rune_literal']);

export function syntaxOf(tree: Tree, source: string): Syntax {
  const lineStarts = lineStartsOf(source);
  const cursor = tree.walk();
  const open = (parent: Open | undefined): Open => {
    const start = cursor.startIndex;
    const end = cursor.endIndex;
    const node: Open = {
      kind: cursor.nodeType,
      field: cursor.currentFieldName ?? '',
      start,
      end,
      line: lineAt(lineStarts, start),
      endLine: lineAt(lineStarts, Math.max(start, end - 1)),
      parent,
      children: none,
      source,
    };
    if (parent?.children === none) parent.children = [node];
    else parent?.children.push(node);
    return node;
  };
  const root = open(undefined);
  let at: Open = root;
  let descend = cursor.gotoFirstChild();
  while (descend) {
    const wanted = cursor.nodeIsNamed || cursor.currentFieldName === 'operator';
    if (wanted && cursor.nodeType !== 'comment') {
      const node = open(at);
      if (!leaves.has(node.kind) && cursor.gotoFirstChild()) {
        at = node;
        continue;
      }
    }
    while (!cursor.gotoNextSibling()) {
      if (!cursor.gotoParent() || at.parent === undefined) {
        descend = false;
        break;
      }
      at = at.parent as Open;
    }
  }
  cursor.delete();
  return root;
}

export const textOf = (node: Syntax): string => node.source.slice(node.start, node.end);

/** The child in this role. */
export function part(node: Syntax, field: string): Syntax | undefined {
  return node.children.find((child) => child.field === field);
}

export function parts(node: Syntax, field: string): readonly Syntax[] {
  return node.children.filter((child) => child.field === field);
}

/** The nearest node around (not the node itself) of one of these kinds. */
export function around(node: Syntax, ...kinds: readonly string[]): Syntax | undefined {
  let at = node.parent;
  while (at !== undefined && !kinds.includes(at.kind)) at = at.parent;
  return at;
}

/** The node and everything below it, in the order of the text; `enter` false skips what is below a node. */
export function* walk(node: Syntax, enter: (node: Syntax) => boolean = () => true): Generator<Syntax> {
  const stack: Syntax[] = [node];
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    yield next;
    if (next !== node && !enter(next)) continue;
    for (let index = next.children.length - 1; index >= 0; index--) stack.push(next.children[index]!);
  }
}

/** Everything in this function's own body, without the functions written inside it. */
export function walkOwn(body: Syntax): Generator<Syntax> {
  return walk(body, (node) => node.kind !== 'func_literal');
}

export function contains(outer: Syntax, inner: Syntax): boolean {
  return outer.source === inner.source && outer.start <= inner.start && inner.end <= outer.end;
}

/** The statement of a block that this node is, or stands in. */
export function statementOf(node: Syntax): Syntax {
  let at = node;
  while (at.parent !== undefined && !blocks.has(at.parent.kind)) at = at.parent;
  return at;
}

const blocks = new Set([
  'block',
  'statement_list',
  'expression_case',
  'type_case',
  'default_case',
  'communication_case',
  'source_file',
]);

/** The `for` of the same function around this node. */
export function loopAround(node: Syntax): Syntax | undefined {
  const found = around(node, 'for_statement', 'func_literal');
  return found?.kind === 'for_statement' && part(found, 'body') !== undefined && contains(part(found, 'body')!, node)
    ? found
    : undefined;
}

export function unparenthesised(node: Syntax): Syntax {
  let at = node;
  while (at.kind === 'parenthesized_expression' && at.children[0] !== undefined) at = at.children[0];
  return at;
}

function lineStartsOf(source: string): Int32Array {
  const starts = [0];
  for (let at = source.indexOf('\n'); at >= 0; at = source.indexOf('\n', at + 1)) starts.push(at + 1);
  return Int32Array.from(starts);
}

function lineAt(starts: Int32Array, offset: number): number {
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (starts[middle]! <= offset) low = middle;
    else high = middle - 1;
  }
  return low + 1;
}
