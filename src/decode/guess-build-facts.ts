// Without the binary, profiles still tell something of the build: with -trimpath, the file of main.main begins with the
// module's path. Nothing is guessed from an absolute path; ownership then goes by version marks in the paths.
import type { BuildFacts } from '../model/target.ts';
import type { Incarnation } from './decode-case.ts';

/** Undefined when no profile has main.main, or its file is an absolute path. */
export function guessBuildFacts(incarnations: readonly Incarnation[]): BuildFacts | undefined {
  for (const incarnation of incarnations) {
    for (const { profile } of [...incarnation.goroutines, ...incarnation.heaps]) {
      for (let row = 0; row < profile.functions.length; row++) {
        if (profile.functions.name(row) !== 'main.main') continue;
        return factsOf(profile.functions.file(row));
      }
    }
  }
  return undefined;
}

/** `github.com/acme/svc/cmd/svc/main.go` → module `github.com/acme/svc`; `./main.go`, `/src/main.go` → undefined. */
function factsOf(file: string): BuildFacts | undefined {
  const parts = file.split('/');
  const mainPackage = parts.slice(0, -1).join('/');
  if (file.startsWith('/') || /^[A-Za-z]:/.test(file) || mainPackage === '' || mainPackage === '.') return undefined;
  // Hosting sites have three elements (host, owner, repository); other hosts usually name the module with two.
  const length = /^(github\.com|gitlab\.com|bitbucket\.org|codeberg\.org|git\.)/.test(mainPackage) ? 3 : 2;
  const modulePath = (parts[0]!.includes('.') ? parts.slice(0, -1).slice(0, length) : parts.slice(0, 1)).join('/');
  return { goVersion: undefined, modulePath, mainPackage, dependencies: [], settings: {}, source: 'guess' };
}
