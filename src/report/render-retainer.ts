// One holder and the tree of what hangs on it, for a terminal.
import { formatBytes } from '../base/format-bytes.ts';
import { formatCount } from '../base/format-count.ts';
import { plainText } from '../base/plain-text.ts';
import { wrapText } from '../base/wrap-text.ts';
import type { HeapRetainer, HeapTreeNode } from './heap-report.ts';
import { createdText, holderText, shareText, typeText } from './heap-words.ts';
import type { Paint } from './paint.ts';
import { functionText } from './place.ts';
import type { TextOptions } from './text-options.ts';

export function renderRetainer(one: HeapRetainer, options: TextOptions, paint: Paint): string[] {
  const created = createdText(one, options.cwd);
  const by = holdersText(one);
  return [
    `  ${paint.rate(shareText(one.share).padStart(7))}  ${formatBytes(one.retainedBytes).padStart(9)}  ${paint.strong(holderText(one, one.count))}${created === '' ? '' : paint.faint(` ${created}`)}`,
    ...(by === '' ? [] : hanging(`${indent}held by `, by, options.width, `${indent}        `)),
    ...treeLines(one.inside, indent, options, paint, 0),
  ];
}

/** The first three; further ones rarely change what is to be done. */
function holdersText({ heldBy }: HeapRetainer): string {
  const names = heldBy.slice(0, 3).map((holder) => holderText(holder, 1));
  const more = heldBy.length - names.length;
  return more > 0 ? `${names.join(', ')} and ${more} more` : names.join(' and ');
}

const indent = ' '.repeat(22);
const shownDepth = 6;

/** Depth is bounded by how the report was cut. */
function treeLines(
  nodes: readonly HeapTreeNode[],
  lead: string,
  options: TextOptions,
  paint: Paint,
  depth: number,
): string[] {
  if (depth >= (options.verbose ? Number.POSITIVE_INFINITY : shownDepth)) return [];
  return nodes.flatMap((node, index) => {
    const last = index === nodes.length - 1;
    const what =
      node.kind === 'frame'
        ? `in ${functionText(node.name)}`
        : `${node.count > 1 ? `${formatCount(node.count)} × ` : ''}${typeText(node.name)}`;
    const label = node.label === '' ? '' : ` ${paint.role(plainText(node.label))}`;
    return [
      `${paint.faint(`${lead}${last ? '└─' : '├─'}`)} ${shareText(node.share).padStart(6)}  ${what}${label}`,
      ...treeLines(node.inside, `${lead}${last ? '   ' : '│  '}`, options, paint, depth + 1),
    ];
  });
}

export function hanging(lead: string, text: string, width: number, following = '    '): string[] {
  return wrapText(plainText(text), width - following.length).map((line, i) =>
    i === 0 ? `${lead}${line}` : `${following}${line}`,
  );
}
