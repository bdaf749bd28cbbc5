// `leakline regions` for a terminal: what grows, what is large, and what is in the region that was looked into.
import { formatByteRate, formatBytes } from '../base/format-bytes.ts';
import { formatCount } from '../base/format-count.ts';
import { formatDuration } from '../base/format-duration.ts';
import { plainText } from '../base/plain-text.ts';
import { wrapText } from '../base/wrap-text.ts';
import type { RegionKind } from '../ledger/classify-regions.ts';
import type { ContentsKind } from '../ledger/contents/read-contents.ts';
import { createPaint, type Paint } from '../report/paint.ts';
import type { PeekResult, RegionResult, RegionsResult } from './compose-regions.ts';

export interface RegionsTextOptions {
  readonly color: boolean;
  readonly width: number;
  readonly top: number;
}

const kindNames: Readonly<Record<RegionKind, string>> = {
  'exe-and-libraries': 'binary or library',
  file: 'mapped file',
  shmem: 'shared memory',
  brk: 'malloc (brk)',
  'glibc-arena': 'malloc (glibc arena)',
  'thread-stack': 'thread stack',
  'go-arena': 'Go heap',
  'go-runtime': 'Go runtime',
  anonymous: 'anonymous (large malloc, mmap, runtime)',
};

const contentsNames: Readonly<Record<ContentsKind, string>> = {
  'nothing-read': 'nothing could be read',
  zero: 'zeros: touched, and nothing kept in it',
  text: 'text',
  'compressed-or-encrypted': 'compressed or encrypted data (or images, or random numbers)',
  repeated: 'the same pages again and again',
  'linked-structures': 'objects that point to each other',
  records: 'records of one size',
  mixed: 'data of several kinds',
};

export function renderRegions(result: RegionsResult, options: RegionsTextOptions): string {
  const paint = createPaint(options.color);
  const growing = result.regions.filter((region) => region.grownBytes > 0).slice(0, options.top);
  const rest = result.regions
    .filter((region) => !growing.includes(region))
    .sort((a, b) => b.rssBytes - a.rssBytes)
    .slice(0, options.top);
  const lines = [
    head(result, paint),
    ...table('grow', growing, options, paint),
    ...table(result.growing > 0 ? 'the largest others' : 'the largest', rest, options, paint),
    ...(result.peek === undefined ? [] : peekBlock(result.peek, result.redacted, options, paint)),
    ...result.warnings.flatMap((warning) =>
      wrapText(plainText(warning), options.width - 4).map((line, at) =>
        at === 0 ? `${paint.doubt('  ! ')}${line}` : `    ${line}`,
      ),
    ),
    ...nextBlock(result, growing, paint),
  ];
  return `${lines.join('\n')}\n`;
}

function head(result: RegionsResult, paint: Paint): string {
  const { target, growing, watchedSeconds } = result;
  const badge =
    watchedSeconds === 0
      ? paint.doubt(' ONE LOOK ')
      : growing > 0
        ? paint.alarm(` ${growing} REGION${growing === 1 ? '' : 'S'} GROW${growing === 1 ? 'S' : ''} `)
        : paint.good(' NOTHING GROWS ');
  const about = [
    `pid ${target.pid}`,
    target.exe,
    target.goVersion ?? 'not Go',
    watchedSeconds === 0 ? undefined : `watched ${formatDuration(watchedSeconds * 1000)}`,
  ].filter((part) => part !== undefined);
  return `${badge} ${paint.strong(`${formatBytes(result.rssBytes)} resident`)}${paint.faint(` · ${about.map(plainText).join(' · ')}`)}`;
}

function table(title: string, rows: readonly RegionResult[], options: RegionsTextOptions, paint: Paint): string[] {
  if (rows.length === 0) return [];
  return ['', paint.title(title), ...rows.map((row) => rowText(row, options, paint))];
}

function rowText(row: RegionResult, options: RegionsTextOptions, paint: Paint): string {
  const growth = row.grownBytes > 0 ? `+${formatByteRate(row.bytesPerSecond ?? 0)}` : '';
  const swapped = row.swapBytes > 0 ? ` (+${formatBytes(row.swapBytes)} swapped)` : '';
  const parts = row.mappings > 1 ? `, ${row.mappings} mappings` : '';
  const tail = `${swapped}${parts}${row.isNew ? ', new' : ''}`;
  const start = `${formatBytes(row.rssBytes).padStart(10)}  ${`${row.start}-${row.end.slice(2)}`.padEnd(27)} `;
  const room = Math.max(20, options.width - 15 - start.length - tail.length);
  const text = `${start}${shortened(whatOf(row), room)}${tail}`;
  return `  ${paint.rate(growth.padStart(13))}${text}`;
}

function whatOf({ kind, name }: Pick<RegionResult, 'kind' | 'name'>): string {
  const own = name === '' || name === '[heap]';
  return own ? kindNames[kind] : `${kindNames[kind]} ${plainText(name)}`;
}

/** The end of a path says more than its middle. */
function shortened(text: string, room: number): string {
  if (text.length <= room) return text;
  const front = Math.min(24, room >> 1);
  return `${text.slice(0, front)}…${text.slice(text.length - (room - front - 1))}`;
}

function peekBlock(peek: PeekResult, redacted: boolean, options: RegionsTextOptions, paint: Paint): string[] {
  const line = (name: string, text: string): string[] =>
    wrapText(plainText(text), options.width - 16).map(
      (part, at) => `  ${paint.role((at === 0 ? name : '').padEnd(11))} ${part}`,
    );
  const percent = (share: number): string => `${(share * 100).toFixed(share > 0 && share < 0.1 ? 1 : 0)} %`;
  const place = `${peek.start}-${peek.end.slice(2)}, ${whatOf(peek)}`;
  return [
    '',
    paint.title(plainText(`in ${place}: ${contentsNames[peek.contents]}`)),
    ...line(
      'read',
      `${formatBytes(peek.sampledBytes)} of ${formatBytes(peek.residentBytes)} resident${peek.unreadableBytes > 0 ? `; ${formatBytes(peek.unreadableBytes)} could not be read` : ''}`,
    ),
    ...line(
      'bytes',
      `${percent(peek.zeroShare)} of the pages empty; entropy ${peek.entropyBitsPerByte.toFixed(1)} of 8 bits; ${percent(peek.denseShare)} look compressed; ${percent(peek.repeatedPageShare)} of the filled pages are repeated; ${percent(peek.textShare)} text`,
    ),
    ...(peek.record === undefined
      ? []
      : line(
          'records',
          `one word comes again every ${formatCount(peek.record.bytes)} bytes (${formatCount(peek.record.count)} times)`,
        )),
    ...(peek.pointers.length === 0
      ? []
      : line(
          'pointers',
          `${percent(peek.pointerShare)} of the words that are not zero: ${peek.pointers
            .slice(0, 4)
            .map(({ kind, name, count }) => `${formatCount(count)} to ${name === '' ? kindNames[kind] : name}`)
            .join(', ')}`,
        )),
    ...(peek.codePointers.length === 0
      ? []
      : line(
          'names',
          `${peek.codePointers
            .slice(0, 3)
            .map(
              ({ name, offset, symbol, count }) =>
                `${symbol ?? `${name}+0x${offset.toString(16)}`} (${formatCount(count)} times)`,
            )
            .join(', ')}`,
        )),
    ...(peek.formats.length === 0
      ? []
      : line('formats', peek.formats.map(({ format, count }) => `${format} (${formatCount(count)})`).join(', '))),
    ...peek.strings
      .slice(0, Math.max(5, options.top))
      .flatMap(({ shape, text, count, bytes }, at) =>
        line(
          at === 0 ? 'strings' : '',
          `${formatCount(count)} × ${text === undefined ? shape : JSON.stringify(text.slice(0, 120))} (${formatBytes(bytes)})`,
        ),
      ),
    ...(peek.hex ?? []).flatMap(({ address, bytes }) => [
      '',
      ...hexLines(Number(address), bytes).map((text) => paint.faint(text)),
    ]),
    ...(redacted
      ? wrapText(
          'Strings are told by their shape (a letter, 9 digit); --show-contents shows them and bytes.',
          options.width - 4,
        ).map((text) => paint.faint(`  ${text}`))
      : []),
  ];
}

/** `7f12a0000000  47 45 54 20 …  GET …`, sixteen bytes a line. */
function hexLines(address: number, bytes: string): string[] {
  const lines: string[] = [];
  for (let at = 0; at < bytes.length; at += 32) {
    const row = bytes.slice(at, at + 32);
    const codes = (row.match(/../g) ?? []).map((byte) => Number.parseInt(byte, 16));
    const text = codes.map((code) => (code >= 0x20 && code < 0x7f ? String.fromCharCode(code) : '.')).join('');
    lines.push(`  ${(address + at / 2).toString(16)}  ${(row.match(/../g) ?? []).join(' ').padEnd(47)}  ${text}`);
  }
  return lines;
}

function nextBlock(result: RegionsResult, growing: readonly RegionResult[], paint: Paint): string[] {
  const { pid } = result.target;
  const [first] = growing;
  if (first === undefined) return [];
  const next: Partial<Record<RegionKind, string>> = {
    'go-arena': `sudo leakline heap ${pid}`,
    brk: `sudo leakline native ${pid}`,
    'glibc-arena': `sudo leakline native ${pid}`,
    anonymous: `sudo leakline native ${pid}`,
  };
  const commands = [
    next[first.kind],
    result.peek === undefined ? `sudo leakline regions ${pid} --for 0 --peek=${first.start}` : undefined,
  ].filter((command) => command !== undefined);
  return commands.length === 0 ? [] : ['', `  Next: ${commands.map((command) => paint.fix(command)).join('   or: ')}`];
}
