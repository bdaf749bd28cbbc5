// Whose code a frame is: the main module's, a dependency's or the standard library's. Growth is blamed on the frame
// nearest to the allocation that the reader can change, so this decides which line a report names.
import type { Ownership } from './growth.ts';
import type { Frame } from './stacks.ts';
import type { BuildFacts } from './target.ts';

/** Import path of a Go symbol: `github.com/acme/svc/queue.(*Q).push` → `github.com/acme/svc/queue`. */
export function packageOf(functionName: string): string {
  // Type parameters may hold slashes: main.f[github.com/x/y.T]
  const bracket = functionName.indexOf('[');
  const name = bracket < 0 ? functionName : functionName.slice(0, bracket);
  const slash = name.lastIndexOf('/');
  const dot = name.indexOf('.', slash + 1);
  // The linker escapes dots in the last path element: gopkg.in/yaml%2ev3.Unmarshal
  return (dot < 0 ? name : name.slice(0, dot)).replaceAll('%2e', '.');
}

/** `github.com/acme/svc/queue.(*Q).push` → `queue.(*Q).push`. */
export function shortFunctionName(functionName: string): string {
  const bracket = functionName.indexOf('[');
  const slash = functionName.lastIndexOf('/', bracket < 0 ? undefined : bracket);
  return functionName.slice(slash + 1);
}

export type OwnershipOf = (frame: Frame) => Ownership;

/**
 * A function that says whose a frame is. With build info the module paths decide; without, `main` and paths under the
 * same source root are the program's, `/pkg/mod/` and `/vendor/` are dependencies, and an import path whose first
 * element has no dot is the standard library's.
 */
export function ownershipBy(build: BuildFacts | undefined): OwnershipOf {
  const modulePath = build?.modulePath;
  const mainPackage = build?.mainPackage;
  return (frame) => {
    const path = packageOf(frame.functionName);
    if (path === 'main' || path === mainPackage || path === 'command-line-arguments') return 'main';
    if (modulePath !== undefined && (path === modulePath || path.startsWith(`${modulePath}/`))) return 'main';
    if (path === '') return 'unknown';
    if (isStandardLibrary(path, frame.file)) return 'std';
    if (frame.file.includes('/pkg/mod/') || frame.file.includes('/vendor/') || /@v\d/.test(frame.file))
      return 'dependency';
    // Files of the main module carry no version; without its path, every other file without one counts as its.
    return modulePath === undefined ? 'main' : 'dependency';
  };
}

function isStandardLibrary(path: string, file: string): boolean {
  if (path.startsWith('vendor/') || file.includes('golang.org/toolchain@')) return true;
  const first = path.split('/', 1)[0]!;
  if (first.includes('.')) return false;
  // A module may be named without a dot (`svc/queue`); its files then lie outside any GOROOT.
  if (file === '' || !file.startsWith('/')) return true;
  return /\/(go|golang)[^/]*\/src\//.test(file) || file.includes('/libexec/src/') || file.includes(`/src/${path}/`);
}
