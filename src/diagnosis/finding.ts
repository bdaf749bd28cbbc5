// What a diagnosis says. The JSON report (`leakline.report/1`) is made of these values and nothing else is computed later.

export type Verdict = 'leak' | 'clear' | 'inconclusive';
export type FindingKind = 'go-heap' | 'goroutine' | 'native' | 'file-mapping' | 'threads';
export type Permanence = 'permanent' | 'temporary' | 'unknown';
/**
 * proven   the evidence excludes another explanation
 * strong   growth is significant and the cause's pattern matches
 * likely   growth is significant, the cause is the best explanation, something is missing
 * possible a hint
 */
export type Certainty = 'proven' | 'strong' | 'likely' | 'possible';
export type SiteRole = 'allocates' | 'retains' | 'spawns' | 'blocks' | 'defers' | 'registers' | 'maps';

export interface Site {
  readonly role: SiteRole;
  readonly function: string;
  readonly file: string;
  readonly line: number;
}

export interface Holder {
  /** Where the path starts: `global main.cache`, `goroutine main.worker`. */
  readonly root: string;
  readonly path: readonly string[];
  /** Undefined until a heap walk has measured it. */
  readonly retainedBytes: number | undefined;
}

export interface FindingGrowth {
  /** Over the window. */
  readonly bytes: number;
  readonly bytesPerSecond: number;
  /** 95 % interval of bytesPerSecond. */
  readonly low: number;
  readonly high: number;
  readonly objects: number | undefined;
  readonly objectsPerSecond: number | undefined;
}

/** A fact, with its numbers and where they come from. `supports: false` speaks against the finding and is shown too. */
export type Evidence =
  | {
      readonly kind: 'growth';
      readonly supports: boolean;
      readonly what: string;
      readonly unit: 'bytes' | 'objects' | 'goroutines' | 'threads' | 'connections' | 'files';
      readonly perSecond: number;
      readonly low: number;
      readonly high: number;
      readonly captures: number;
      readonly pValue: number;
      readonly atMs: readonly number[];
      readonly values: readonly number[];
    }
  | {
      readonly kind: 'stack';
      readonly supports: boolean;
      readonly what: string;
      readonly frames: readonly { readonly function: string; readonly file: string; readonly line: number }[];
    }
  | {
      readonly kind: 'source';
      readonly supports: boolean;
      readonly what: string;
      readonly function: string;
      readonly file: string;
      readonly line: number;
      readonly text: string;
    }
  | {
      /** The way from a root to the objects, found in the memory of the process. */
      readonly kind: 'heap-walk';
      readonly supports: boolean;
      readonly what: string;
      readonly root: string;
      readonly path: readonly string[];
      readonly retainedBytes: number;
      /** Objects of the stack that were sampled, and the share of them that is held in this way. */
      readonly sampledObjects: number;
      readonly share: number;
    }
  | {
      /** One container in two walks: counted, not sampled. */
      readonly kind: 'container';
      readonly supports: boolean;
      readonly what: string;
      readonly name: string;
      readonly entries: { readonly before: number; readonly after: number };
      /** Slots of a map, capacity of a slice or channel, now. */
      readonly room: number;
      readonly retainedBytes: { readonly before: number; readonly after: number };
      /** Between the two. */
      readonly seconds: number;
    }
  | { readonly kind: 'runtime-proof'; readonly supports: boolean; readonly what: string; readonly count: number }
  /** What the operating system says, or a trace of the process saw. */
  | { readonly kind: 'process'; readonly supports: boolean; readonly what: string }
  | { readonly kind: 'version'; readonly supports: boolean; readonly what: string }
  | { readonly kind: 'missing'; readonly supports: boolean; readonly what: string; readonly wouldSettle: string };

export interface Advice {
  readonly what: string;
  readonly why: string;
  readonly fix: string;
}

export interface Finding {
  /** Stable within a report: rule and site. */
  readonly id: string;
  readonly rule: string;
  readonly kind: FindingKind;
  readonly permanence: Permanence;
  readonly certainty: Certainty;
  /** 0..1, from `diagnosis/confidence.ts` only. */
  readonly confidence: number;
  readonly title: string;
  /** The best place to fix first. */
  readonly site: { readonly function: string; readonly file: string; readonly line: number; readonly package: string };
  readonly sites: readonly Site[];
  readonly holder: Holder | undefined;
  readonly growth: FindingGrowth;
  /** Ids of findings that this one drags along; they are not leaks of their own. */
  readonly consequences: readonly string[];
  readonly evidence: readonly Evidence[];
  readonly advice: Advice;
  readonly falsePositives: string;
}

export interface ClearStatement {
  readonly rule: string;
  /** How many candidates were looked at. */
  readonly examined: number;
  /** Why it is clear, one sentence. */
  readonly why: string;
}

export interface InconclusiveStatement {
  readonly rule: string;
  readonly why: string;
  readonly whatWouldSettleIt: string;
}
