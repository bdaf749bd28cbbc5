// What this machine and this target allow, and the command that makes more possible.
import type { DoctorAnswer, DoctorCheck } from '../../api/doctor.ts';
import { apiPaths } from '../../api/paths.ts';
import { Captured, Whole } from '../parts/states.tsx';
import { useAnswer } from '../use-answer.ts';

const signs = { ok: '✓', missing: '✕', unknown: '?' } as const;

export function DoctorView() {
  const answer = useAnswer<DoctorAnswer>(apiPaths.doctor);
  return (
    <Whole answer={answer} what="what this machine allows">
      {(doctor) => (
        <Captured part={doctor} what="What this target allows">
          {({ summary, checks }) => (
            <>
              <p class="lead">{summary}</p>
              {(['target', 'machine'] as const).map((about) => (
                <Checks key={about} about={about} checks={checks.filter((check) => check.about === about)} />
              ))}
            </>
          )}
        </Captured>
      )}
    </Whole>
  );
}

function Checks({ about, checks }: { readonly about: 'target' | 'machine'; readonly checks: readonly DoctorCheck[] }) {
  if (checks.length === 0) return;
  return (
    <section class="panel" aria-label={about}>
      <h2>{about === 'target' ? 'This target' : 'This machine'}</h2>
      <ul class="plain checks">
        {checks.map((check) => (
          <li key={check.id} class={`check check-${check.state}`}>
            <span class="sign" title={check.state}>
              {signs[check.state]}
            </span>
            <div>
              <strong>{check.name}</strong> {check.found} <span class="faint">{check.gives}</span>
              {check.how.map(({ where, command }) => (
                <p key={command}>
                  {where === undefined ? '' : `${where}: `}
                  <code>{command}</code>
                </p>
              ))}
            </div>
          </li>
        ))}
      </ul>
    </section>
  );
}
