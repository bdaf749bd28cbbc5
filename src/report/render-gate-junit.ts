// The report of a gate as JUnit XML, as CI systems read it: a suite a package, a case a test that leaks, and one case that
// passes where nothing is left. Source of the format: Jenkins' junit-10.xsd, which GitLab and others follow.
import type { GateFinding, GateReport } from './gate-report.ts';
import { placeText } from './place.ts';
import { heapQuestion } from './render-gate-text.ts';

interface Case {
  readonly name: string;
  readonly body: string | undefined;
  readonly kind: 'passed' | 'failure' | 'skipped';
}

interface Suite {
  readonly name: string;
  readonly cases: readonly Case[];
}

export function renderGateJunit(report: GateReport, cwd: string): string {
  const suites: readonly Suite[] =
    report.mode === 'cycles'
      ? [{ name: report.cycles?.target ?? report.command, cases: casesOf(report.findings, report, cwd) }]
      : report.packages.map((one) => {
          const cases = casesOf(
            report.findings.filter((finding) => finding.package === one.importPath),
            undefined,
            cwd,
          );
          const open = [...(one.heap?.shape === 'unclear' ? [heapQuestion(one.heap)] : []), ...one.notes];
          if (cases.length > 0) return { name: one.importPath, cases };
          return {
            name: one.importPath,
            cases: [
              one.verdict === 'clear'
                ? { name: 'leaves nothing behind', kind: 'passed', body: undefined }
                : { name: 'leaves nothing behind', kind: 'skipped', body: `inconclusive: ${open.join('; ')}` },
            ],
          };
        });
  const all = suites.flatMap((suite) => suite.cases);
  const lines = [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="leakline gate" ${counts(all)}>`,
    ...suites.flatMap((suite) => [
      `  <testsuite name="${escapeXml(suite.name)}" ${counts(suite.cases)}>`,
      ...suite.cases.flatMap((one) => caseLines(one, suite.name)),
      '  </testsuite>',
    ]),
    '</testsuites>',
  ];
  return `${lines.join('\n')}\n`;
}

function casesOf(findings: readonly GateFinding[], cycles: GateReport | undefined, cwd: string): readonly Case[] {
  const cases: Case[] = findings.map((one) => ({
    name: one.tests.length === 1 ? one.tests[0]! : one.title,
    kind: one.verdict === 'leak' ? 'failure' : 'skipped',
    body: [
      one.title,
      ...one.sites.map((site) => `${site.role} ${placeText(site, cwd)} ${site.function}`),
      one.why,
      one.verdict === 'leak' ? one.fix : (one.whatWouldSettleIt ?? ''),
    ].join('\n'),
  }));
  if (cycles === undefined || cases.length > 0) return cases;
  return [
    {
      name: 'returns to its base line',
      kind: cycles.verdict === 'clear' ? 'passed' : cycles.verdict === 'leak' ? 'failure' : 'skipped',
      body: cycles.verdict === 'clear' ? undefined : cycles.summary,
    },
  ];
}

function counts(cases: readonly Case[]): string {
  const number = (kind: Case['kind']): number => cases.filter((one) => one.kind === kind).length;
  return `tests="${cases.length}" failures="${number('failure')}" errors="0" skipped="${number('skipped')}"`;
}

function caseLines({ name, body, kind }: Case, suite: string): string[] {
  const open = `    <testcase classname="${escapeXml(suite)}" name="${escapeXml(name)}"`;
  if (kind === 'passed') return [`${open}/>`];
  const message = escapeXml((body ?? '').split('\n')[0]!);
  const inner =
    kind === 'failure'
      ? `      <failure message="${message}" type="leak">${escapeXml(body ?? '')}</failure>`
      : `      <skipped message="${message}"/>`;
  return [`${open}>`, inner, '    </testcase>'];
}

/** XML 1.0 forbids control characters even when escaped. */
function escapeXml(text: string): string {
  return (
    text
      // biome-ignore lint/suspicious/noControlCharactersInRegex: finding control characters is the purpose
      .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '\ufffd')
      .replaceAll('&', '&amp;')
      .replaceAll('<', '&lt;')
      .replaceAll('>', '&gt;')
      .replaceAll('"', '&quot;')
  );
}
