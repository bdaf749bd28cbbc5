// The JSON of `leakline gate`, schema `leakline.gate/1`: what text, Markdown, JUnit and SARIF are made of.
// Fields may be added, never re-meant. Absent is `undefined` here and left out in JSON.
import type { Certainty, Site, Verdict } from '../diagnosis/finding.ts';

export interface GateReport {
  readonly schema: 'leakline.gate/1';
  readonly tool: { readonly name: 'leakline'; readonly version: string };
  readonly mode: 'tests' | 'cycles';
  /** The tests' command, or the load's. */
  readonly command: string;
  readonly verdict: Verdict;
  readonly summary: string;
  /** How the tests' command ended; absent for cycles. */
  readonly exit?: { readonly code?: number; readonly signal?: string };
  /** The command failed by itself, whatever leaks. */
  readonly failed: boolean;
  readonly packages: readonly GatePackage[];
  /** What was measured after each cycle; absent for tests. */
  readonly cycles?: GateCycles;
  readonly findings: readonly GateFinding[];
  readonly notes: readonly string[];
}

export interface GatePackage {
  readonly importPath: string;
  readonly goVersion: string;
  readonly verdict: Verdict;
  /** How often its tests ran in one process. */
  readonly rounds: number;
  /** Live heap after each round; absent when there was no round. */
  readonly heap?: GateTrend;
  /** Goroutines that fail nothing: idle ones of libraries, and those that are started once. */
  readonly ignored: readonly { readonly what: string; readonly count: number; readonly test?: string }[];
  readonly notes: readonly string[];
}

export interface GateTrend {
  readonly what: 'live-heap' | 'goroutines' | 'rss';
  readonly unit: 'bytes' | 'count';
  /** The first is the warm-up and is not judged. */
  readonly values: readonly number[];
  readonly shape: 'returns' | 'grows' | 'unclear';
  readonly perRound: number;
  /** 95 % interval of perRound; absent with fewer than three rounds. */
  readonly low?: number;
  readonly high?: number;
  readonly pValue: number;
  readonly why?: string;
  readonly roundsToSettle?: number;
}

export interface GateCycles {
  readonly target: string;
  readonly count: number;
  readonly trends: readonly GateTrend[];
  /** Thresholds and base lines that were exceeded. */
  readonly exceeded: readonly string[];
}

export interface GateFinding {
  /** Stable: rule, package, test and place. */
  readonly id: string;
  readonly rule: string;
  readonly kind: 'goroutine' | 'go-heap' | 'native' | 'file-mapping' | 'threads';
  readonly verdict: 'leak' | 'inconclusive';
  readonly certainty: Certainty;
  readonly title: string;
  readonly package?: string;
  /** Full names, as go test -run takes them; empty when no test is known. */
  readonly tests: readonly string[];
  /** The best place to fix first. */
  readonly site: Site;
  readonly sites: readonly Site[];
  readonly goroutines?: {
    readonly count: number;
    readonly perRound: readonly number[];
    readonly state: string;
    readonly stack: readonly { readonly function: string; readonly file: string; readonly line: number }[];
  };
  readonly heap?: GateTrend;
  readonly why: string;
  readonly fix: string;
  readonly whatWouldSettleIt?: string;
}
