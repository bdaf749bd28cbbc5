// Kills for want of memory: of this program, counted by the kernel, told by logs, and the limit that comes next.
import type { ReportForecast, ReportOomKill } from '../report/report.ts';
import type { Part } from './part.ts';

export interface OomAnswer {
  /** The newest first. Captured and empty: it was not killed. */
  readonly kills: Part<readonly ReportOomKill[]>;
  /** Absent: not known. */
  readonly hostKills?: number;
  readonly cgroupKills?: number;
  readonly cgroup?: string;
  /** Other programs that were killed, the newest first. */
  readonly others: readonly OtherKill[];
  readonly logs: readonly { readonly source: string; readonly lines: number }[];
  /** Logs that could not be read, one clause each. */
  readonly gaps: readonly string[];
  readonly forecast: Part<ReportForecast>;
  readonly limits: Part<readonly LimitRow[]>;
}

export interface OtherKill {
  readonly at?: string;
  readonly pid: number;
  readonly comm: string;
  readonly cgroup?: string;
  readonly anonRssBytes?: number;
}

export interface LimitRow {
  readonly kind: string;
  readonly name: string;
  readonly limitBytes: number;
  /** Absent: could not be read. */
  readonly usedBytes?: number;
}
