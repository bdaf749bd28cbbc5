// `leakline rules`: the catalogue, a line a cause.
import { catalogue } from '../../diagnosis/catalogue.ts';
import type { CliIo, ExitCode } from '../io.ts';
import { formatOf, type OutputFlags } from '../options.ts';
import { writeOutput } from '../write-output.ts';

export async function runRules(flags: OutputFlags, io: CliIo): Promise<ExitCode> {
  if (formatOf(flags) === 'json') {
    const rules = catalogue.map(({ id, title, type, about }) => ({ id, title, type, ...about }));
    await writeOutput(io, flags.output, `${JSON.stringify({ schema: 'leakline.rules/1', rules }, null, 2)}\n`);
    return 0;
  }
  const width = Math.max(...catalogue.map((rule) => rule.id.length));
  const lines = (type: string): string[] =>
    catalogue.filter((rule) => rule.type === type).map((rule) => `  ${rule.id.padEnd(width)}  ${rule.title}`);
  await writeOutput(
    io,
    flags.output,
    [
      'Causes of leaks:',
      ...lines('leak'),
      '',
      'Growth that is not a leak:',
      ...lines('look-alike'),
      '',
      'More about one: leakline explain RULE',
      '',
    ].join('\n'),
  );
  return 0;
}
