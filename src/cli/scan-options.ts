// Flags of `leakline scan`, from commander's values to checked ones.

import type { ScanSettings } from '../analyze-scan.ts';
import { UsageError } from '../base/errors.ts';
import { catalogue } from '../diagnosis/catalogue.ts';
import type { ScanReportRule } from '../report/scan-report.ts';
import { staticCatalogue } from '../scan/static/catalogue.ts';

export interface ScanFlags {
  readonly format?: string;
  readonly output?: string;
  readonly color?: boolean;
  readonly verbose?: boolean;
  readonly rules?: string;
  readonly disable?: string;
  readonly all?: boolean;
  readonly baseline?: string;
  readonly writeBaseline?: string;
  readonly changed?: string;
  readonly with?: string;
  readonly tests?: boolean;
  readonly generated?: boolean;
  readonly vendor?: boolean;
  readonly testdata?: boolean;
  readonly tags?: string;
  readonly goos?: string;
  readonly goarch?: string;
}

const formats = ['text', 'json', 'sarif', 'github', 'md'] as const;
export type ScanFormat = (typeof formats)[number];

export function scanFormatOf({ format = 'text' }: ScanFlags): ScanFormat {
  const found = formats.find((known) => known === format);
  if (found === undefined) throw new UsageError(`--format ${format} is not one of ${formats.join(', ')}`);
  return found;
}

/** Every rule there is, and whether it looks. */
export function rulesOf(flags: ScanFlags): readonly Omit<ScanReportRule, 'hits'>[] {
  const only = namesOf('--rules', flags.rules);
  const without = namesOf('--disable', flags.disable);
  if (only !== undefined && flags.all === true) throw new UsageError('--rules and --all contradict each other');
  return staticCatalogue.map(({ id, byDefault, offBecause }) => ({
    id,
    title: catalogue.find((rule) => rule.id === id)?.title ?? id,
    ran: (only === undefined ? byDefault || flags.all === true : only.has(id)) && without?.has(id) !== true,
    ...(offBecause === undefined ? {} : { offBecause }),
  }));
}

function namesOf(flag: string, list: string | undefined): ReadonlySet<string> | undefined {
  if (list === undefined) return undefined;
  const names = list.split(',').map((name) => name.trim());
  for (const name of names) {
    if (staticCatalogue.some((rule) => rule.id === name)) continue;
    const exists = catalogue.some((rule) => rule.id === name);
    throw new UsageError(
      exists
        ? `${flag}: ${name} shows only at run time, the scan does not look for it`
        : `${flag}: there is no rule ${name}`,
      `The scan knows ${staticCatalogue.map((rule) => rule.id).join(', ')}.`,
    );
  }
  return new Set(names);
}

const architectures: Readonly<Record<string, string>> = {
  x64: 'amd64',
  ia32: '386',
  arm64: 'arm64',
  arm: 'arm',
  ppc64: 'ppc64le',
  s390x: 's390x',
  riscv64: 'riscv64',
};

export function settingsOf(
  flags: ScanFlags,
  rules: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): ScanSettings {
  return {
    rules,
    tests: flags.tests === true,
    generated: flags.generated === true,
    build: {
      goos: flags.goos ?? env['GOOS'] ?? (process.platform === 'win32' ? 'windows' : process.platform),
      goarch: flags.goarch ?? env['GOARCH'] ?? architectures[process.arch] ?? process.arch,
      tags: (flags.tags ?? '').split(',').filter((tag) => tag !== ''),
      cgo: true,
    },
  };
}
