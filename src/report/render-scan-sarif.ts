// A scan as SARIF 2.1.0, which code hosts show at the lines of a pull request.
// Source: OASIS SARIF 2.1.0 (sarif-schema-2.1.0.json): result.level, locations, partialFingerprints, suppressions.
import type { About } from '../diagnosis/rule.ts';
import type { ScanReport, ScanReportHit } from './scan-report.ts';

export interface SarifRuleText {
  readonly id: string;
  readonly title: string;
  readonly about: About;
}

export function renderScanSarif(report: ScanReport, texts: readonly SarifRuleText[]): string {
  const rules = report.rules.filter((rule) => rule.ran);
  const indexOf = new Map(rules.map((rule, index) => [rule.id, index]));
  const aboutOf = new Map(texts.map((text) => [text.id, text]));
  const resultOf = (hit: ScanReportHit) => ({
    ruleId: hit.rule,
    ruleIndex: indexOf.get(hit.rule) ?? -1,
    level: hit.certainty === 'strong' ? 'error' : 'warning',
    message: { text: hit.message },
    locations: [
      {
        ...locationOf(hit),
        logicalLocations: [{ fullyQualifiedName: hit.function, kind: 'function' }],
      },
    ],
    ...(hit.related.length === 0
      ? {}
      : {
          relatedLocations: hit.related.map((place, id) => ({
            id,
            ...locationOf(place),
            message: { text: place.message },
          })),
        }),
    partialFingerprints: { 'leakline/v1': hit.fingerprint },
    properties: { certainty: hit.certainty, ...(hit.measured === undefined ? {} : { measured: hit.measured }) },
  });
  const log = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'leakline',
            version: report.tool.version,
            rules: rules.map(({ id, title }) => ruleOf(id, title, aboutOf.get(id)?.about)),
          },
        },
        columnKind: 'utf16CodeUnits',
        results: [
          ...report.hits.map(resultOf),
          ...report.accepted.map(({ by, reason, hit }) => ({
            ...resultOf(hit),
            suppressions: [
              {
                kind: by === 'comment' ? 'inSource' : 'external',
                status: 'accepted',
                ...(reason === '' ? {} : { justification: reason }),
              },
            ],
          })),
        ],
        invocations: [
          {
            executionSuccessful: report.scanned.complete,
            toolExecutionNotifications: report.notes.map(({ file, line, message }) => ({
              level: 'note',
              message: { text: message },
              locations: [
                {
                  physicalLocation: {
                    artifactLocation: artifactOf(file),
                    ...(line > 0 ? { region: { startLine: line } } : {}),
                  },
                },
              ],
            })),
          },
        ],
      },
    ],
  };
  return `${JSON.stringify(log, null, 2)}\n`;
}

function ruleOf(id: string, title: string, about: About | undefined) {
  return {
    id,
    shortDescription: { text: title },
    ...(about === undefined
      ? {}
      : {
          fullDescription: { text: `${about.what} ${about.why}` },
          help: { text: `${about.fix}\n\nWhat only looks like it: ${about.falsePositives}` },
          ...(about.sources[0] === undefined ? {} : { helpUri: about.sources[0] }),
        }),
    defaultConfiguration: { level: 'warning' },
  };
}

interface Placed {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
}

const locationOf = (place: Placed) => ({
  physicalLocation: {
    artifactLocation: artifactOf(place.file),
    region: {
      startLine: place.line,
      startColumn: place.column,
      endLine: place.endLine,
      endColumn: place.endColumn,
    },
  },
});

/** Relative to the root of the source where it lies below it. */
function artifactOf(file: string) {
  const isFull = file.startsWith('/') || /^[A-Za-z]:[\\/]/.test(file);
  const path = file.replaceAll('\\', '/');
  const uri = path.split('/').map(encodeURIComponent).join('/');
  return isFull
    ? { uri: `file://${path.startsWith('/') ? '' : '/'}${uri.replace('%3A', ':')}` }
    : { uri, uriBaseId: '%SRCROOT%' };
}
