// Places of a story: frames and source sites turned into the report's sites, without repeats.
import { shortFunctionName } from '../model/ownership.ts';
import type { Frame } from '../model/stacks.ts';
import type { Site, SiteRole } from './finding.ts';

export function siteOf(role: SiteRole, frame: Frame): Site {
  return { role, function: frame.functionName, file: frame.file, line: frame.line };
}

/** Keeps the first site of each place and role. */
export function distinctSites(sites: readonly (Site | undefined)[]): readonly Site[] {
  const seen = new Set<string>();
  const result: Site[] = [];
  for (const site of sites) {
    if (site === undefined || site.line <= 0) continue;
    const key = `${site.role} ${site.file}:${site.line}`;
    if (seen.has(key)) continue;
    seen.add(key);
    result.push(site);
  }
  return result;
}

/** `queue.(*Q).push` and its line, for titles. */
export function placeName(frame: { readonly functionName: string; readonly line: number }): string {
  return frame.line > 0
    ? `${shortFunctionName(frame.functionName)}:${frame.line}`
    : shortFunctionName(frame.functionName);
}

/** `main.start.func2.1`, `main.start.gowrap1` → `main.start`: the declared function around a closure. */
export function outerFunction(functionName: string): string {
  return functionName.replace(/(\.(func\d+|gowrap\d+|deferwrap\d+|\d+))+(-fm)?$/, '').replace(/-fm$/, '');
}
