// `//leakline:ignore RULE reason`, on the line of a hit or alone on the line before it. The reason is not optional: in
// a year nobody knows why otherwise.
import type { IgnoredHit, ScanHit, ScanNote } from '../../model/scan.ts';

interface IgnoreComment {
  readonly line: number;
  readonly rules: readonly string[];
  readonly reason: string;
  /** Nothing but the comment stands on its line: it speaks of the next one. */
  readonly alone: boolean;
}

export interface Sifted {
  readonly hits: readonly ScanHit[];
  readonly ignored: readonly IgnoredHit[];
  readonly notes: readonly ScanNote[];
}

const form = /\/\/\s?leakline:ignore\b[ \t]*(\S*)[ \t]*(.*?)\r?$/;

/** Takes accepted hits of one file out. `ran`: rules that looked; `known`: all rules there are. */
export function siftIgnored(
  file: string,
  lines: readonly string[],
  hits: readonly ScanHit[],
  ran: ReadonlySet<string>,
  known: ReadonlySet<string>,
): Sifted {
  const comments: IgnoreComment[] = [];
  const notes: ScanNote[] = [];
  lines.forEach((text, index) => {
    const match = text.includes('leakline:ignore') ? form.exec(text) : null;
    if (match === null) return;
    const line = index + 1;
    const rules = match[1]!.split(',').filter((id) => id !== '');
    const unknown = rules.filter((id) => !known.has(id));
    if (rules.length === 0) {
      notes.push({ file, line, message: 'leakline:ignore names no rule: write //leakline:ignore RULE reason' });
      return;
    }
    if (unknown.length > 0)
      notes.push({ file, line, message: `leakline:ignore names ${unknown.join(', ')}, which is no rule` });
    if (match[2] === '') notes.push({ file, line, message: 'leakline:ignore gives no reason' });
    comments.push({ line, rules, reason: match[2]!, alone: text.trimStart().startsWith('//') });
  });
  if (comments.length === 0) return { hits, ignored: [], notes };

  const used = new Set<IgnoreComment>();
  const kept: ScanHit[] = [];
  const ignored: IgnoredHit[] = [];
  for (const hit of hits) {
    const comment = comments.find(
      ({ line, rules, alone }) =>
        rules.includes(hit.rule) &&
        (line === hit.line || line === hit.endLine || (alone && line === lineBefore(lines, hit.line))),
    );
    if (comment === undefined) kept.push(hit);
    else {
      used.add(comment);
      ignored.push({ hit, reason: comment.reason });
    }
  }
  for (const comment of comments) {
    if (!used.has(comment) && comment.rules.some((id) => ran.has(id)))
      notes.push({
        file,
        line: comment.line,
        message: `leakline:ignore ${comment.rules.join(',')} has nothing to ignore`,
      });
  }
  return { hits: kept, ignored, notes };
}

/** The line above, or the first of the comments above that speak of the same line. */
function lineBefore(lines: readonly string[], line: number): number {
  let at = line - 1;
  while (
    at > 1 &&
    !(lines[at - 1] ?? '').includes('leakline:ignore') &&
    (lines[at - 1] ?? '').trimStart().startsWith('//')
  )
    at--;
  return at;
}
