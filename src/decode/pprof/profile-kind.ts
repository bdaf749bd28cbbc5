// Which of Go's profiles is it, and is it Go's at all? Read from the sample types, which each writer sets differently.
// Sources: runtime/pprof/{pprof,protomem,proto,mutex}.go for Go; gperftools and Node write `objects`/`space` for heaps.
import { KnownError } from '../../base/errors.ts';
import type { FunctionColumns, ProfileKind, ProfileTable, ValueType } from '../../model/profile.ts';

export function kindOf(sampleTypes: readonly ValueType[]): ProfileKind {
  const types = new Set(sampleTypes.map((valueType) => valueType.type));
  if (types.has('inuse_space') || types.has('alloc_space')) return 'heap';
  if (types.has('goroutineleak')) return 'goroutineleak';
  if (types.has('goroutine')) return 'goroutine';
  if (types.has('threadcreate')) return 'threadcreate';
  if (types.has('cpu')) return 'cpu';
  // Block and mutex profiles have the same columns; nothing here depends on which of them it is.
  if (types.has('contentions')) return 'block';
  return 'other';
}

/** Throws a KnownError that names what it is and how to get the right one, unless `table` is of a wanted kind. */
export function requireKind(table: ProfileTable, wanted: readonly ProfileKind[], name: string): void {
  if (wanted.includes(table.kind)) return;
  const types = table.sampleTypes.map((valueType) => valueType.type).join(', ') || 'none';
  const found = table.kind === 'other' ? `a profile of another kind (sample types: ${types})` : article(table.kind);
  throw new KnownError('E-PROFILE-KIND', `${name} is ${found}, expected ${wanted.map(article).join(' or ')}`, {
    advice: `Take it from ${wanted.map((kind) => `/debug/pprof/${kind}`).join(' or ')}.`,
  });
}

function article(kind: ProfileKind): string {
  if (kind === 'cpu') return 'a CPU profile';
  return `a ${kind} profile`;
}

/** A warning when a heap profile is not symbolised or its functions are not named as Go names them. */
export function languageWarning(kind: ProfileKind, functions: FunctionColumns, locations: number): string | undefined {
  if (kind === 'cpu' || kind === 'other' || locations === 0) return undefined;
  if (functions.length === 0) {
    return 'The profile has addresses without function names: symbolise it with the binary that wrote it.';
  }
  const examined = Math.min(functions.length, 64);
  let goNames = 0;
  for (let row = 0; row < examined; row++) {
    if (looksLikeGo(functions.name(row))) goNames++;
  }
  if (goNames * 4 >= examined) return undefined;
  return `Only ${goNames} of ${examined} function names look like Go's: this may be a profile of another language.`;
}

/** `pkg/path.Func`, `path.(*T).Method`; not `std::vector<int>::push_back`, `malloc`, `java.util.List<init>`. */
function looksLikeGo(name: string): boolean {
  return /^[^\s:<>]+\.[^:<>]+$/.test(name) && !name.includes('::');
}
