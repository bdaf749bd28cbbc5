// A finding as a card that leads to its page.
import { formatRoute } from '../route.ts';
import { type Finding, growthText } from '../words.ts';
import { Place } from './place.tsx';
import { Spark } from './spark.tsx';

export function FindingCard({ finding, number }: { readonly finding: Finding; readonly number: number }) {
  const growth = finding.evidence.find((one) => one.kind === 'growth');
  return (
    <a
      class={`card certainty-${finding.certainty}`}
      data-row
      href={formatRoute({ view: 'finding', item: finding.id, query: {} })}
    >
      <h2>
        {number}. {finding.title}
      </h2>
      <p class="badges">
        <span class="badge rule">{finding.rule}</span>
        <Certainty finding={finding} />
        {finding.permanence === 'unknown' ? undefined : <span class="badge">{finding.permanence}</span>}
      </p>
      <p class="card-growth">
        <strong class="grows">{growthText(finding)}</strong>
        {growth === undefined ? undefined : <Spark values={growth.values} label={growth.what} />}
      </p>
      <p>
        <Place function={finding.site.function} file={finding.site.file} line={finding.site.line} />
      </p>
    </a>
  );
}

export function Certainty({ finding }: { readonly finding: Finding }) {
  return (
    <span class={`badge certainty certainty-${finding.certainty}`}>
      {finding.certainty} {finding.confidence.toFixed(2)}
    </span>
  );
}
