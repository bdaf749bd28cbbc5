// Who keeps it alive: the way from a root of the collector to what grows, one step a line.
import { formatBytes } from '../../base/format-bytes.ts';
import { NotCaptured } from '../parts/states.tsx';
import { type Finding, holderSteps } from '../words.ts';

export function FindingHolder({ finding }: { readonly finding: Finding }) {
  const { holder, evidence, kind } = finding;
  if (holder === undefined || holder === null)
    return kind === 'go-heap' ? (
      <section class="panel" aria-label="Who holds it">
        <h2>Who holds it</h2>
        <NotCaptured what="The holder" why="neither the source nor a heap walk named it" how="sudo leakline PID" />
      </section>
    ) : undefined;
  const steps = holderSteps(holder);
  const walk = evidence.find((one) => one.kind === 'heap-walk');
  return (
    <section class="panel" aria-label="Who holds it">
      <h2>Who holds it</h2>
      <ol class="holder-way">
        {steps.map(({ text, kind: step }, at) => (
          <li key={at} class={`way-${step}`}>
            <code>{text}</code>
            {step === 'root' ? (
              <span class="faint">{walk === undefined ? ' keeps it' : ' where the collector starts'}</span>
            ) : undefined}
            {step === 'object' && walk !== undefined ? <strong class="grows"> this grows</strong> : undefined}
          </li>
        ))}
      </ol>
      <p class="faint">
        {holder.retainedBytes === undefined || holder.retainedBytes === null
          ? 'Read from the source; how much it retains was not measured. A heap walk would: sudo leakline PID'
          : `${formatBytes(holder.retainedBytes)} would be freed with it${walk === undefined ? '' : ', measured by a heap walk'}.`}
      </p>
    </section>
  );
}
