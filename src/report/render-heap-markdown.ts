// The heap for pasting into an issue or a pull request.
import { formatBytes } from '../base/format-bytes.ts';
import { formatCount } from '../base/format-count.ts';
import { formatDuration } from '../base/format-duration.ts';
import type { HeapChange, HeapReport, HeapTreeNode } from './heap-report.ts';
import { createdText, holderText, shareText, typeText } from './heap-words.ts';
import { markdownCell as cell } from './markdown-cell.ts';
import { functionText, placeText } from './place.ts';

/** `top`: rows of each table. */
export function renderHeapMarkdown(report: HeapReport, top: number): string {
  const failed = report.selfChecks.filter((check) => !check.ok);
  const lines = [
    `## ${report.sound ? '' : '🔴 Not reliable: '}Heap of ${cell(report.target.label)}`,
    '',
    cell(report.summary),
    '',
    ...(failed.length === 0
      ? []
      : [
          '**The walk contradicts itself; do not rely on what follows.**',
          '',
          ...failed.map((check) => `- ${cell(check.name)}: ${cell(check.detail)}`),
          '',
        ]),
    ...(report.why === undefined
      ? report.diff === undefined
        ? tables(report, top)
        : diffTables(report, top)
      : whyLists(report)),
    ...(report.gaps.length === 0 ? [] : ['### Not known', '', ...report.gaps.map((gap) => `- ${cell(gap)}`), '']),
    `<sub>leakline ${report.tool.version} · ${report.goVersion} · ${cell(report.stopped)}, ${formatDuration(report.pauseMs)} · ${formatDuration(report.totalMs)} in all · ${report.takenAt}</sub>`,
  ];
  return `${lines.join('\n')}\n`;
}

function tables(report: HeapReport, top: number): string[] {
  return [
    `### ${report.method === 'dominators' ? 'Who holds it' : 'Through whom it was found first'}`,
    '',
    '| share | retained | holder | inside |',
    '|---:|---:|---|---|',
    ...report.retainers
      .slice(0, top)
      .map(
        (one) =>
          `| ${shareText(one.share)} | ${formatBytes(one.retainedBytes)} | ${cell([holderText(one, one.count), createdText(one, '')].filter((part) => part !== '').join(' '))}${one.heldBy.length === 0 ? '' : cell(`, held by ${one.heldBy.map((by) => holderText(by, 1)).join(' and ')}`)} | ${cell(mainChain(one.inside))} |`,
      ),
    '',
    '### Types',
    '',
    '| bytes | objects | retained | type | held by |',
    '|---:|---:|---:|---|---|',
    ...report.types
      .slice(0, top * 2)
      .map(
        (type) =>
          `| ${formatBytes(type.bytes)} | ${formatCount(type.objects)} | ${formatBytes(type.retainedBytes)} | ${cell(typeText(type.name))} | ${type.heldBy[0] === undefined ? '' : cell(holderText(type.heldBy[0], 1))} |`,
      ),
    '',
    ...containerTable(report, top),
    '### Goroutines',
    '',
    '| count | retained | function | created at | state |',
    '|---:|---:|---|---|---|',
    ...report.goroutineGroups
      .slice(0, top)
      .map(
        (group) =>
          `| ${formatCount(group.count)} | ${formatBytes(group.retainedBytes)} | ${cell(functionText(group.startFunction))} | ${group.createdAt === undefined ? '' : cell(placeText(group.createdAt, ''))} | ${cell(group.states[0]?.state ?? '')}${(group.stuck ?? 0) > 0 ? ` (${formatCount(group.stuck!)} proven stuck)` : ''} |`,
      ),
    '',
  ];
}

function containerTable({ containers }: HeapReport, top: number): string[] {
  if (containers.length === 0) return [];
  return [
    '### Containers',
    '',
    '| retained | entries | room | kind | which | type |',
    '|---:|---:|---:|---|---|---|',
    ...containers
      .slice(0, top)
      .map(
        (one) =>
          `| ${formatBytes(one.retainedBytes)} | ${formatCount(one.entries)} | ${formatCount(one.room)} | ${one.kind} | ${cell(typeText(one.name))} | ${cell(typeText(one.type))} |`,
      ),
    '',
  ];
}

/** The largest child of each step: `map[string]*main.Session → 20,000 × main.Session`. */
function mainChain(nodes: readonly HeapTreeNode[]): string {
  const names: string[] = [];
  for (let node = nodes[0]; node !== undefined && names.length < 4; node = node.inside[0]) {
    names.push(
      `${node.count > 1 ? `${formatCount(node.count)} × ` : ''}${node.kind === 'frame' ? functionText(node.name) : typeText(node.name)}`,
    );
  }
  return names.join(' → ');
}

function whyLists({ why }: HeapReport): string[] {
  if (why === undefined) return [];
  return [
    `### Why ${cell(why.question)} is there`,
    '',
    `${formatCount(why.objects)} objects, ${formatBytes(why.bytes)}, retaining ${formatBytes(why.retainedBytes)}. A step in bold has no way around it.`,
    '',
    ...why.ways.flatMap((way) => [
      `${formatCount(way.objects)} objects (${formatBytes(way.bytes)}):`,
      '',
      ...way.path.map((step) => {
        const name = cell(
          `${step.label === '' ? '' : `${step.label} `}${step.kind === 'object' ? typeText(step.name) : holderText(step, 1)}`,
        );
        const again = step.again === undefined ? '' : ` … ${formatCount(step.again.times)} more times`;
        return `1. ${step.onEveryPath === true ? `**${name}**` : name}${again}`;
      }),
      '',
    ]),
    ...why.holders.map(
      (one) =>
        `- ${cell(holderText(one, one.count))} retains ${formatBytes(one.retainedBytes)}: ${cell(mainChain(one.inside))}`,
    ),
    '',
  ];
}

function diffTables({ diff }: HeapReport, top: number): string[] {
  if (diff === undefined) return [];
  const bytes = (change: HeapChange): string => signed(change, formatBytes);
  const count = (change: HeapChange): string => signed(change, formatCount);
  return [
    diff.spanMs === undefined ? 'Between two walks.' : `Between two walks ${formatDuration(diff.spanMs)} apart.`,
    '',
    '| bytes | objects | type | held by |',
    '|---:|---:|---|---|',
    ...diff.types
      .slice(0, top * 2)
      .map(
        (row) =>
          `| ${bytes(row.bytes)} | ${count(row.objects)} | ${cell(typeText(row.type))} | ${cell(holderText(row.holder, 1))} |`,
      ),
    '',
    ...((diff.containers ?? []).length === 0
      ? []
      : ['| retained | entries | now | container |', '|---:|---:|---:|---|']),
    ...(diff.containers ?? [])
      .slice(0, top)
      .map(
        (row) =>
          `| ${bytes(row.retainedBytes)} | ${count(row.entries)} | ${formatCount(row.entries.after)} | ${cell(typeText(row.name))} |`,
      ),
    ...((diff.containers ?? []).length === 0 ? [] : ['']),
    '| retained | members | holder |',
    '|---:|---:|---|',
    ...diff.holders
      .slice(0, top)
      .map((row) => `| ${bytes(row.retainedBytes)} | ${count(row.count)} | ${cell(holderText(row.holder, 1))} |`),
    '',
  ];
}

const signed = ({ before, after }: HeapChange, format: (value: number) => string): string =>
  `${after > before ? '+' : ''}${format(after - before)}`;
