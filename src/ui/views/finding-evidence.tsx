// What speaks for the finding, what against it, what is open and would settle it.
import { Place } from '../parts/place.tsx';
import { type Evidence, evidenceNumbers, type Finding, sideOf } from '../words.ts';

const heads = { against: 'Against it', open: 'What would settle it', for: 'For it' } as const;

export function FindingEvidence({ finding }: { readonly finding: Finding }) {
  return (
    <section class="panel" aria-label="Evidence">
      <h2>Evidence</h2>
      {(['for', 'against', 'open'] as const).map((side) => {
        const all = finding.evidence.filter((one) => sideOf(one) === side);
        if (all.length === 0) return side === 'against' ? <p class="faint">Nothing speaks against it.</p> : undefined;
        return (
          <div key={side}>
            <h3>{heads[side]}</h3>
            <ul class={`plain evidence evidence-${side}`}>
              {all.map((one, at) => (
                <li key={at}>
                  <Words evidence={one} />
                </li>
              ))}
            </ul>
          </div>
        );
      })}
    </section>
  );
}

function Words({ evidence }: { readonly evidence: Evidence }) {
  const numbers = evidenceNumbers(evidence);
  switch (evidence.kind) {
    case 'source':
      return (
        <>
          {evidence.what} <Place {...evidence} /> <code class="block">{evidence.text.trim()}</code>
        </>
      );
    case 'stack':
      return (
        <details>
          <summary>{evidence.what}</summary>
          <ol class="stack">
            {evidence.frames.map((frame, at) => (
              <li key={at}>
                <Place {...frame} />
              </li>
            ))}
          </ol>
        </details>
      );
    case 'missing':
      return (
        <>
          {evidence.what}: <strong>{evidence.wouldSettle}</strong>
        </>
      );
    default:
      return (
        <>
          {evidence.what}
          {numbers === '' ? undefined : <span class="faint"> ({numbers})</span>}
        </>
      );
  }
}
