// What is known of the program under test, whatever it was learnt from.

export type TargetKind = 'url' | 'pid' | 'command' | 'files' | 'case';

export interface TargetFacts {
  readonly kind: TargetKind;
  /** How the user would name it: the URL without credentials, `pid 4242`, the files. */
  readonly label: string;
  readonly pid?: number;
  readonly exe?: string;
  readonly build?: BuildFacts;
  /** Start of the process, ms since 1970. */
  readonly startedAtMs?: number;
}

/** From the binary's build info (debug/buildinfo), or guessed from profile evidence where `source` says so. */
export interface BuildFacts {
  /** As the toolchain writes it, e.g. `go1.26.8`; undefined when unknown. */
  readonly goVersion: string | undefined;
  /** Main module path, e.g. `github.com/acme/svc`; undefined when unknown. */
  readonly modulePath: string | undefined;
  /** Package path of main; undefined when unknown. */
  readonly mainPackage: string | undefined;
  readonly dependencies: readonly { readonly path: string; readonly version: string }[];
  /** Settings such as `-ldflags`, `CGO_ENABLED`, `DefaultGODEBUG`. */
  readonly settings: Readonly<Record<string, string>>;
  readonly source: 'build-info' | 'profile' | 'http' | 'guess';
}
