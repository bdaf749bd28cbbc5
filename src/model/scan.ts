// What a scan of Go source finds: plain values, so that they cross threads and every output reads the same.

/**
 * Lines and columns are 1-based; columns count UTF-16 units, as editors and SARIF do, and byte columns count bytes of
 * UTF-8, as Go's tools do.
 */
export interface ScanPlace {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
  readonly byteColumn: number;
  readonly endByteColumn: number;
}

export interface RelatedPlace extends ScanPlace {
  readonly message: string;
}

/** A pattern of the source that leaks if it is what it looks like: by itself no more than possible. */
export interface ScanHit extends ScanPlace {
  /** Id of the rule, the same as of the run-time rule. */
  readonly rule: string;
  /** Import path of its package; its directory where there is no module. */
  readonly packagePath: string;
  /** Symbol of the function around it, as Go's profiles write it; `pkg.init` outside of functions. */
  readonly functionName: string;
  /** One sentence. */
  readonly message: string;
  /** The line as written, without the spaces around it. */
  readonly text: string;
  /** The container, the other end of a channel, the return that leaves early. */
  readonly related: readonly RelatedPlace[];
}

/** A hit that a comment `//leakline:ignore RULE reason` accepts. */
export interface IgnoredHit {
  readonly hit: ScanHit;
  readonly reason: string;
}

/** What was not looked at, or not as it should be. */
export interface ScanNote {
  readonly file: string;
  /** 0: of the whole file. */
  readonly line: number;
  readonly message: string;
}

export interface PackageScan {
  readonly hits: readonly ScanHit[];
  readonly ignored: readonly IgnoredHit[];
  readonly notes: readonly ScanNote[];
  readonly files: number;
  readonly lines: number;
  readonly bytes: number;
}

/** Why files were left out, and how many. */
export type SkipReason = 'generated' | 'test' | 'build-constraint' | 'vendor' | 'testdata' | 'too-large' | 'unreadable';

/** One directory after reading and scanning. */
export interface DirectoryScan extends PackageScan {
  readonly skipped: readonly { readonly reason: SkipReason; readonly count: number }[];
}
