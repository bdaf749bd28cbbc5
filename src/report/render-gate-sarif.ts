// Leaks that a gate found as SARIF 2.1.0, which code hosts show at the lines of a pull request.
// Source: OASIS SARIF 2.1.0: result.level, locations, partialFingerprints.
import type { About } from '../diagnosis/rule.ts';
import type { GateFinding, GateReport } from './gate-report.ts';

export interface GateRuleText {
  readonly id: string;
  readonly title: string;
  readonly about: About;
}

/** Files below `root` are named relative to it; those elsewhere are no lines of the repository and go without a place. */
export function renderGateSarif(report: GateReport, texts: readonly GateRuleText[], root: string): string {
  const ids = [...new Set(report.findings.map((finding) => finding.rule))];
  const rules = ids.map((id) =>
    ruleOf(
      id,
      texts.find((text) => text.id === id),
    ),
  );
  const log = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'leakline', version: report.tool.version, rules } },
        automationDetails: { id: 'leakline/gate/' },
        columnKind: 'utf16CodeUnits',
        results: report.findings.map((finding) => resultOf(finding, ids.indexOf(finding.rule), root)),
        invocations: [
          {
            executionSuccessful: !report.failed,
            toolExecutionNotifications: report.notes.map((text) => ({ level: 'note', message: { text } })),
          },
        ],
      },
    ],
  };
  return `${JSON.stringify(log, null, 2)}\n`;
}

function ruleOf(id: string, text: GateRuleText | undefined) {
  if (text === undefined) return { id };
  return {
    id,
    shortDescription: { text: text.title },
    fullDescription: { text: `${text.about.what} ${text.about.why}` },
    help: { text: `${text.about.fix}\n\nWhat only looks like it: ${text.about.falsePositives}` },
    ...(text.about.sources[0] === undefined ? {} : { helpUri: text.about.sources[0] }),
  };
}

function resultOf(finding: GateFinding, ruleIndex: number, root: string) {
  const inRepository = [finding.site, ...finding.sites].filter((site) => site.file.startsWith(`${root}/`));
  const [main, ...others] = inRepository.map((site) => ({
    physicalLocation: {
      artifactLocation: { uri: encodeURI(site.file.slice(root.length + 1)), uriBaseId: '%SRCROOT%' },
      ...(site.line > 0 ? { region: { startLine: site.line } } : {}),
    },
    logicalLocations: [{ fullyQualifiedName: site.function, kind: 'function' }],
    message: { text: `${site.role}: ${site.function}` },
  }));
  return {
    ruleId: finding.rule,
    ruleIndex,
    level: finding.verdict === 'leak' ? 'error' : 'note',
    message: { text: `${finding.title}. ${finding.why}` },
    locations: main === undefined ? [] : [main],
    ...(others.length === 0 ? {} : { relatedLocations: others.map((location, id) => ({ id, ...location })) }),
    partialFingerprints: { 'leakline/v1': finding.id },
    properties: { certainty: finding.certainty, tests: finding.tests },
  };
}
