// The text of a binary's module information. Source: runtime/debug/mod.go, ParseBuildInfo:
//
//   path<TAB>example.com/svc/cmd/svc
//   mod<TAB>example.com/svc<TAB>(devel)<TAB>
//   dep<TAB>example.com/dep<TAB>v1.2.3<TAB>h1:…
//   =><TAB>./local<TAB>(devel)
//   build<TAB>CGO_ENABLED=1
import type { BuildFacts } from '../../model/target.ts';

/** Lines of other kinds are left out. The linker wraps the text in 16 bytes of marker on each side. */
export function parseModuleInfo(text: string): Omit<BuildFacts, 'goVersion' | 'source'> {
  let mainPackage: string | undefined;
  let modulePath: string | undefined;
  const dependencies: { path: string; version: string }[] = [];
  const settings: Record<string, string> = {};
  for (const line of unwrap(text).split('\n')) {
    const [kind, first = '', second = ''] = line.split('\t');
    if (kind === 'path') mainPackage = first;
    else if (kind === 'mod') modulePath = first;
    else if (kind === 'dep') dependencies.push({ path: first, version: second });
    else if (kind === '=>') {
      const last = dependencies.at(-1);
      if (last !== undefined && second !== '') last.version = second;
    } else if (kind === 'build') {
      const at = first.indexOf('=');
      if (at > 0) settings[first.slice(0, at)] = unquote(first.slice(at + 1));
    }
  }
  return { mainPackage, modulePath, dependencies, settings };
}

/** modinfo is stored between two 16-byte markers (cmd/go/internal/modload, ModInfoData); the second follows a newline. */
function unwrap(text: string): string {
  const start = text.indexOf('path\t');
  const from = start >= 0 ? start : Math.max(0, text.indexOf('mod\t'));
  return text.slice(from);
}

function unquote(value: string): string {
  if (!value.startsWith('"')) return value;
  try {
    return JSON.parse(value) as string; // a JSON string literal parses to a string
  } catch {
    return value;
  }
}
