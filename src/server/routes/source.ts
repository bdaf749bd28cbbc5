// Lines of a source file. Only files that the diagnosis read are there: a name is looked up, never opened.
import type { SourceAnswer } from '../../api/source.ts';
import { KnownError } from '../../base/errors.ts';
import type { AnalysedCase } from '../served.ts';

const mostLines = 2000;

export function composeSource({ analysis }: AnalysedCase, file: string, line: number, around: number): SourceAnswer {
  const text = analysis.sources.get(file);
  if (text === undefined)
    throw new KnownError('E-SOURCE', 'this file was not read', {
      advice: 'Say where the source is: leakline ui TARGET --source DIR',
    });
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  const wanted = Math.min(around, mostLines / 2);
  const from = Math.max(0, Math.min(line - 1 - wanted, lines.length - 1));
  return {
    file,
    firstLine: from + 1,
    lines: lines.slice(from, Math.max(from, line + wanted)).map((one) => one.replace(/\r$/, '')),
    lineCount: lines.length,
  };
}
