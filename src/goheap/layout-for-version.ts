// The table of a Go version, changed by the experiments that the binary was built with.
import { parseGoVersion } from '../model/go-version.ts';
import { go119 } from './layouts/go-1-19.ts';
import { go120 } from './layouts/go-1-20.ts';
import { go121 } from './layouts/go-1-21.ts';
import { go122 } from './layouts/go-1-22.ts';
import { go123 } from './layouts/go-1-23.ts';
import { go1230 } from './layouts/go-1-23-0.ts';
import { go124 } from './layouts/go-1-24.ts';
import { go125 } from './layouts/go-1-25.ts';
import { go126 } from './layouts/go-1-26.ts';
import { go127 } from './layouts/go-1-27.ts';
import type { RuntimeLayout } from './runtime-layout.ts';

const layouts: readonly RuntimeLayout[] = [go119, go120, go121, go122, go123, go124, go125, go126, go127];

/** Experiments that move fields or swap what the tables say; a binary with one of them needs its debug information. */
const movingExperiments = ['noswissmap', 'noallocheaders', 'greenteagc', 'goexperiment.arenas'];

/**
 * Undefined when no table knows the version (as the build information writes it: `go1.26.8`, `go1.27.3-X:nogreenteagc`), or
 * when its experiments change more than a table can say.
 */
export function layoutForVersion(goVersion: string): RuntimeLayout | undefined {
  const version = parseGoVersion(goVersion);
  if (version === undefined) return undefined;
  const minor = `go${version.major}.${version.minor}`;
  const layout = minor === 'go1.23' && version.patch < 3 ? go1230 : layouts.find((one) => one.version === minor);
  if (layout === undefined) return undefined;
  const experiments = experimentsOf(goVersion);
  if (experiments.some((name) => movingExperiments.includes(name))) return undefined;
  return experiments.includes('nogreenteagc') ? { ...layout, inlineMarkBytes: 0 } : layout;
}

/** `go1.27.3-X:nogreenteagc,foo` and `go1.25.1 X:foo`. */
function experimentsOf(goVersion: string): readonly string[] {
  return /[ -]X:(\S+)/.exec(goVersion)?.[1]?.split(',') ?? [];
}
