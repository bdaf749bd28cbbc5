// The report as JSON, schema `leakline.report/1` (docs/schemas). Absent fields are left out; numbers are finite.
import type { Report } from './report.ts';

export function renderJson(report: Report): string {
  return `${JSON.stringify(report, (_, value: unknown) => (typeof value === 'number' && !Number.isFinite(value) ? null : value), 2)}\n`;
}
