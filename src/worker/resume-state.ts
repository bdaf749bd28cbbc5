// What a recorder that was started again has to know: by what the target's process is known again, and what was told already.
export interface ResumeState {
  readonly startedAtMs: number | undefined;
  readonly totals: Readonly<Record<string, number>>;
  /** Alarms. */
  readonly told: readonly string[];
  /** Thresholds that this start of the target has passed. */
  readonly passed: readonly string[];
}

export function encodeResumeState(state: ResumeState): string {
  return JSON.stringify(state);
}

const unknown: ResumeState = { startedAtMs: undefined, totals: {}, told: [], passed: [] };

/** What cannot be read is forgotten: alarms are told once more then. */
export function decodeResumeState(text: string | undefined): ResumeState {
  if (text === undefined) return unknown;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return unknown;
  }
  if (typeof value !== 'object' || value === null) return unknown;
  const { startedAtMs, totals, told, passed } = value as Record<string, unknown>;
  return {
    startedAtMs: typeof startedAtMs === 'number' ? startedAtMs : undefined,
    totals: Object.fromEntries(
      Object.entries(typeof totals === 'object' && totals !== null ? totals : {}).filter(
        (entry): entry is [string, number] => typeof entry[1] === 'number',
      ),
    ),
    told: words(told),
    passed: words(passed),
  };
}

const words = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.filter((word) => typeof word === 'string') : [];
