// `leakline explain <rule>`: what a cause is, why it leaks, how to fix it, and what only looks like it.
import { UsageError } from '../../base/errors.ts';
import { wrapText } from '../../base/wrap-text.ts';
import { catalogue } from '../../diagnosis/catalogue.ts';
import { staticCatalogue } from '../../scan/static/catalogue.ts';
import type { StaticRule } from '../../scan/static/static-rule.ts';
import type { CliIo, ExitCode } from '../io.ts';
import { formatOf, type OutputFlags } from '../options.ts';
import { writeOutput } from '../write-output.ts';

export async function runExplain(id: string, flags: OutputFlags, io: CliIo): Promise<ExitCode> {
  const rule = catalogue.find((candidate) => candidate.id === id);
  if (rule === undefined) {
    const close = catalogue
      .map((candidate) => candidate.id)
      .filter((known) => known.includes(id) || id.includes(known));
    throw new UsageError(
      `there is no rule ${id}`,
      close.length > 0 ? `Did you mean ${close.join(', ')}?` : 'List them with `leakline rules`.',
    );
  }
  const scan = staticCatalogue.find((candidate) => candidate.id === id);
  if (formatOf(flags) === 'json') {
    const { title, type, about } = rule;
    await writeOutput(
      io,
      flags.output,
      `${JSON.stringify({ schema: 'leakline.rule/1', id, title, type, ...about, ...(scan === undefined ? {} : { scan: { byDefault: scan.byDefault, offBecause: scan.offBecause, examples: scan.examples } }) }, null, 2)}\n`,
    );
    return 0;
  }
  const width = Math.min(100, Math.max(40, io.stdout.columns ?? 80));
  const part = (name: string, text: string): string[] => [
    name,
    ...wrapText(text, width - 2).map((line) => `  ${line}`),
    '',
  ];
  await writeOutput(
    io,
    flags.output,
    [
      `${rule.id}: ${rule.title}`,
      '',
      ...part('What', rule.about.what),
      ...part('Why it leaks', rule.about.why),
      ...part('Fix', rule.about.fix),
      ...part('What only looks like it', rule.about.falsePositives),
      ...(scan === undefined ? [] : inSource(scan)),
      'Sources',
      ...rule.about.sources.map((source) => `  ${source}`),
      '',
    ].join('\n'),
  );
  return 0;
}

/** One example; the page of the rule has all of them. */
function inSource({ byDefault, offBecause, examples, id }: StaticRule): readonly string[] {
  const how = byDefault ? 'leakline scan finds it here:' : `leakline scan --rules ${id} finds it here.`;
  const off = offBecause === undefined ? '' : ` It is off by default: ${offBecause}.`;
  const example = (examples.leaks[0] ?? '').replace(/[ \t]*\/\/want\b.*$/gm, '   // <-').trim();
  return [
    'In source',
    ...wrapText(`${how}${off}`, 78).map((line) => `  ${line}`),
    '',
    ...example.split('\n').map((line) => (line === '' ? '' : `    ${line.replace(/\t/g, '    ')}`)),
    '',
  ];
}
