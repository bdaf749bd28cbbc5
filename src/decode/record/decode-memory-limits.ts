// The artefact `memory-limits` (JSON of ProcessSetup, written by capture/take-process-look.ts) → ProcessSetup.
import { DecodeError } from '../../base/errors.ts';
import type { MemoryLimit } from '../../model/oom.ts';
import type { ProcessSetup } from '../../model/process-setup.ts';
import { parseJsonFields } from './json-fields.ts';

const kinds: readonly MemoryLimit['kind'][] = ['gomemlimit', 'cgroup', 'address-space', 'host'];
const mostLimits = 256;

/** Throws DecodeError that names the field. */
export function decodeMemoryLimits(text: string): ProcessSetup {
  const root = parseJsonFields('memory-limits', text);
  const limits = root.list('limits');
  if (limits.length > mostLimits) throw new DecodeError('memory-limits', 0, `at most ${mostLimits} limits`);
  return {
    gcPercent: root.isText('gcPercent') ? root.oneOf<'off'>('gcPercent', ['off']) : root.maybeNumber('gcPercent'),
    stackLimitBytes: root.maybeNumber('stackLimitBytes'),
    limits: limits.map((limit) => ({
      kind: limit.oneOf('kind', kinds),
      name: limit.text('name'),
      limitBytes: limit.number('limitBytes'),
      usedBytes: limit.maybeNumber('usedBytes'),
    })),
    gaps: root.texts('gaps'),
  };
}
