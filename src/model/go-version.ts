// Go versions as toolchains write them, and what depends on them. Version differences that rules need live here.

export interface GoVersion {
  readonly major: number;
  readonly minor: number;
  readonly patch: number;
  /** `rc1`, `beta2`; '' for a release. */
  readonly pre: string;
  /** `X:` experiments that were on when the binary was built. */
  readonly experiments: readonly string[];
}

/** Reads `go1.26.8`, `go1.27rc1`, `devel go1.28-abcdef`, `go1.25.1 X:nocoverageredesign`; undefined for anything else. */
export function parseGoVersion(text: string): GoVersion | undefined {
  const match = /\bgo(\d+)\.(\d+)(?:\.(\d+))?((?:rc|beta)\d+)?/.exec(text);
  if (match === null) return undefined;
  const experiments = /\bX:(\S+)/.exec(text)?.[1]?.split(',') ?? [];
  return {
    major: Number(match[1]),
    minor: Number(match[2]),
    patch: Number(match[3] ?? 0),
    pre: match[4] ?? '',
    experiments,
  };
}

/** Negative when a is older than b. A release candidate is older than its release. */
export function compareGoVersions(a: GoVersion, b: GoVersion): number {
  const byNumber = a.major - b.major || a.minor - b.minor || a.patch - b.patch;
  if (byNumber !== 0) return byNumber;
  if (a.pre === b.pre) return 0;
  if (a.pre === '') return 1;
  if (b.pre === '') return -1;
  return a.pre < b.pre ? -1 : 1;
}

/** `atLeast('go1.23.4', '1.23')`; undefined when the version is not known. */
export function atLeast(goVersion: string | undefined, least: string): boolean | undefined {
  const version = goVersion === undefined ? undefined : parseGoVersion(goVersion);
  const bound = parseGoVersion(`go${least}`);
  if (version === undefined || bound === undefined) return undefined;
  return compareGoVersions(version, bound) >= 0;
}

export interface TimerAnswer {
  readonly answer: 'yes' | 'no' | 'unknown';
  readonly why: string;
}

/**
 * Whether this target's runtime collects timers and tickers that nothing refers to. Since Go 1.23 it does, unless
 * GODEBUG asynctimerchan=1 is in force, which a main module with an older go line has by default; Go 1.27 removed the
 * setting. The linker records the default in the build setting DefaultGODEBUG. Source: go.dev/wiki/Go123Timer and the
 * release notes of 1.23 and 1.27.
 */
export function timersAreCollected(
  build:
    | {
        readonly goVersion: string | undefined;
        readonly settings: Readonly<Record<string, string>>;
        readonly source: string;
      }
    | undefined,
): TimerAnswer {
  const version = build?.goVersion;
  if (version === undefined || build === undefined)
    return { answer: 'unknown', why: 'the Go version of the target is not known' };
  if (atLeast(version, '1.27') === true) return { answer: 'yes', why: `${version} collects unreferenced timers` };
  if (atLeast(version, '1.23') === false)
    return { answer: 'no', why: `${version} keeps timers until they fire or are stopped` };
  const setting = /(?:^|,)asynctimerchan=(\d)/.exec(build.settings['DefaultGODEBUG'] ?? '')?.[1];
  if (setting !== undefined && setting !== '0') {
    return {
      answer: 'no',
      why: `built by ${version} with asynctimerchan=${setting}: the go line of go.mod is older than 1.23`,
    };
  }
  if (build.source !== 'build-info') {
    return {
      answer: 'unknown',
      why: `${version} collects unreferenced timers if go.mod says go 1.23 or later, which is not known`,
    };
  }
  return { answer: 'yes', why: `${version} collects unreferenced timers` };
}
