// Whom to wake, and when: a finding that became a leak, or a limit that comes near. Once for each, however often it is seen
// again. Pure.
import type { Finding } from '../diagnosis/finding.ts';
import type { Report } from '../report/report.ts';

export interface Alarm {
  /** Stable: what is remembered as told. */
  readonly key: string;
  /** One line for a person. */
  readonly text: string;
}

export interface AlarmFacts {
  readonly report: Report;
  /** Earliest end by a significant growth, from now, and its limit; undefined when nothing grows towards one. */
  readonly forecast: { readonly ms: number; readonly limit: string } | undefined;
}

const forecastThresholdsMs = [3_600_000, 600_000] as const;

/** A hint is nothing to wake somebody for. */
const wakes = ({ certainty }: Finding): boolean => certainty !== 'possible';

export function newAlarms({ report, forecast }: AlarmFacts, told: ReadonlySet<string>): readonly Alarm[] {
  const alarms: Alarm[] = [];
  if (report.verdict === 'leak')
    for (const finding of report.findings.filter(wakes))
      alarms.push({ key: `leak ${finding.id}`, text: `${finding.title} (${finding.certainty})` });
  if (forecast !== undefined) {
    const passed = forecastThresholdsMs.filter((ms) => forecast.ms < ms);
    for (const ms of passed)
      alarms.push({
        key: `forecast ${ms}`,
        text: `${forecast.limit} may be reached in less than ${ms / 60_000} min`,
      });
  }
  return alarms.filter(({ key }) => !told.has(key));
}
