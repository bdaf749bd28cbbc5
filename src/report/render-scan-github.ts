// A scan as annotations of a GitHub workflow run.
// Source: docs.github.com, "Workflow commands for GitHub Actions": data escapes % CR LF, properties also : and ,. Columns are
// bytes, as those of Go's tools.
import type { ScanReport } from './scan-report.ts';

export function renderScanGithub(report: ScanReport): string {
  const lines = report.hits.map(
    (hit) =>
      `::warning file=${property(hit.file)},line=${hit.line},endLine=${hit.endLine},col=${hit.byteColumn},endColumn=${hit.endByteColumn},title=${property(`leakline: ${hit.rule}`)}::${data(hit.message)}`,
  );
  const notes = report.notes.map(
    ({ file, line, message }) => `::notice file=${property(file)}${line > 0 ? `,line=${line}` : ''}::${data(message)}`,
  );
  return [...lines, ...notes].map((line) => `${line}\n`).join('');
}

const data = (text: string): string => text.replace(/%/g, '%25').replace(/\r/g, '%0D').replace(/\n/g, '%0A');
const property = (text: string): string => data(text).replace(/:/g, '%3A').replace(/,/g, '%2C');
