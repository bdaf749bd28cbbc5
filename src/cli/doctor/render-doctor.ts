// `leakline doctor` for a terminal: one line a thing, and below it what would make it available.
import { plainText } from '../../base/plain-text.ts';
import { wrapText } from '../../base/wrap-text.ts';
import { createPaint, type Paint } from '../../report/paint.ts';
import type { CheckResult, DoctorResult } from './compose-doctor.ts';

export interface DoctorTextOptions {
  readonly color: boolean;
  readonly width: number;
  readonly verbose: boolean;
}

const nameWidth = 23;

export function renderDoctor(result: DoctorResult, options: DoctorTextOptions): string {
  const paint = createPaint(options.color);
  const lines = [
    ...wrapText(plainText(result.summary), options.width).map((line) => paint.strong(line)),
    ...group(
      'This machine',
      result.checks.filter((check) => check.about === 'machine'),
      options,
      paint,
    ),
    ...group(
      result.target === undefined ? '' : result.target.label,
      result.checks.filter((check) => check.about === 'target'),
      options,
      paint,
    ),
  ];
  return `${lines.join('\n')}\n`;
}

function group(title: string, checks: readonly CheckResult[], options: DoctorTextOptions, paint: Paint): string[] {
  if (checks.length === 0) return [];
  return ['', paint.title(plainText(title)), ...checks.flatMap((check) => checkLines(check, options, paint))];
}

function checkLines(check: CheckResult, options: DoctorTextOptions, paint: Paint): string[] {
  const word = {
    ok: paint.good(' ok '),
    missing: paint.alarm(' missing '),
    unknown: paint.doubt(' cannot tell '),
  }[check.state];
  const plainWidth = { ok: 4, missing: 9, unknown: 13 }[check.state];
  const pad = ' '.repeat(Math.max(0, 14 - plainWidth));
  const [first = '', ...rest] = wrapText(plainText(check.found), options.width - 16 - nameWidth);
  const indent = ' '.repeat(16 + nameWidth);
  return [
    ` ${word}${pad} ${paint.strong(check.name.padEnd(nameWidth))}${first}`,
    ...rest.map((line) => `${indent}${line}`),
    ...(check.state === 'ok' && !options.verbose
      ? []
      : wrapText(plainText(`for ${check.gives}`), options.width - 18).map((line) =>
          paint.faint(`                  ${line}`),
        )),
    ...check.how.map(
      ({ where, command }) =>
        `                  ${where === undefined ? '' : `${paint.role(`${where}:`)} `}${paint.fix(plainText(command))}`,
    ),
  ];
}
