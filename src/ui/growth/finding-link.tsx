// From a function to the finding that blames one of its lines.
import type { Report } from '../../report/report.ts';
import { formatRoute } from '../route.ts';

export function FindingLink({ findings, name }: { readonly findings: Report['findings']; readonly name: string }) {
  const finding = findings.find(({ site, sites }) => [site, ...sites].some((place) => place.function === name));
  if (finding === undefined) return null;
  return (
    <a class="finding-link" href={formatRoute({ view: 'finding', item: finding.id, query: {} })} title={finding.title}>
      {finding.rule}
    </a>
  );
}
