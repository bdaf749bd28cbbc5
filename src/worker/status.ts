// What a recording knows of itself and its target at one moment: what the terminal and /metrics show.
import type { LimitForecast } from '../ledger/forecast.ts';
import type { GrowthEstimate } from '../model/growth.ts';
import type { RecordedEvent } from '../model/recording.ts';
import type { TargetFacts } from '../model/target.ts';
import type { Report } from '../report/report.ts';

/** `target-silent`: it is there, and only the kernel tells of it. */
export type RecorderState = 'recording' | 'target-away' | 'target-silent' | 'store-full';

export interface RecorderStatus {
  readonly atMs: number;
  /** Since the recorder was started. */
  readonly elapsedMs: number;
  /** undefined: until it is ended. */
  readonly remainingMs: number | undefined;
  readonly state: RecorderState;
  readonly target: TargetFacts;
  readonly caseId: string;
  readonly incarnation: number;
  /** Since the recorder was started, stored ones. */
  readonly captures: number;
  readonly profiles: number;
  /** Figures of the target now, bytes or a count, by name; absent when they were not captured. */
  readonly latest: ReadonlyMap<string, number>;
  /** Thinned out over this start of the target. */
  readonly history: ReadonlyMap<string, readonly number[]>;
  readonly growth: ReadonlyMap<string, GrowthEstimate>;
  readonly limit: LimitForecast | undefined;
  /** The latest; undefined before the first analysis. */
  readonly report: Report | undefined;
  /** The newest last. */
  readonly events: readonly RecordedEvent[];
  /** undefined when it could not be asked. */
  readonly storeBytes: number | undefined;
  readonly cost: RecorderCost;
}

/** What the recording cost the target, and us. */
export interface RecorderCost {
  readonly requests: number;
  readonly forcedGcs: number;
  readonly bytesReceived: number;
  /** How long walks stopped the target. */
  readonly pausedMs: number;
  readonly analyses: number;
  readonly analysisMs: number;
}
