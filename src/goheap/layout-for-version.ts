// The table of a Go version, changed by the experiments that the binary was built with.
import { parseGoVersion } from '../model/go-version.ts';
import { changedLayout } from './changed-layout.ts';
import { experimentLayouts } from './layouts/experiments.ts';
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

/** Experiments that move so much that only debug information can say where to. */
const movingExperiments = ['arenas', 'staticlockranking'];

/**
 * Undefined when no table knows the version (as the build information writes it: `go1.26.8`, `go1.27.3-X:nogreenteagc`), or
 * when its experiments change more than a table can say.
 */
export function layoutForVersion(goVersion: string): RuntimeLayout | undefined {
  const version = parseGoVersion(goVersion);
  if (version === undefined) return undefined;
  const minor = `go${version.major}.${version.minor}`;
  let layout = minor === 'go1.23' && version.patch < 3 ? go1230 : layouts.find((one) => one.version === minor);
  for (const experiment of experimentsOf(goVersion)) {
    if (movingExperiments.includes(experiment)) return undefined;
    const changes = experimentLayouts[`${minor} ${experiment}`];
    if (layout !== undefined && changes !== undefined) layout = changedLayout(layout, changes);
  }
  return layout;
}

/** `go1.27.3-X:nogreenteagc,foo` and `go1.25.1 X:foo`. */
function experimentsOf(goVersion: string): readonly string[] {
  return /[ -]X:(\S+)/.exec(goVersion)?.[1]?.split(',') ?? [];
}
