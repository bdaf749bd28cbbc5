// The lines that a finding names, file by file: what of the source to show, and what to mark in it. Pure.
import type { Finding } from './words.ts';

export interface GuiltyFile {
  readonly file: string;
  /** Ascending, without those too far from the first ones to be shown with them. */
  readonly lines: readonly number[];
  /** Roles by line, all of them. */
  readonly roles: ReadonlyMap<number, readonly string[]>;
}

const mostFiles = 4;
const farthest = 60;

/** The file of the place to fix first comes first. */
export function guiltyFiles({ site, sites }: Pick<Finding, 'site' | 'sites'>): readonly GuiltyFile[] {
  const byFile = new Map<string, Map<number, string[]>>();
  for (const { file, line, role } of [
    ...sites.filter((one) => one.file === site.file && one.line === site.line),
    ...sites,
  ]) {
    if (file === '' || line <= 0) continue;
    const lines = byFile.get(file) ?? new Map<number, string[]>();
    const roles = lines.get(line) ?? [];
    if (!roles.includes(role)) roles.push(role);
    lines.set(line, roles);
    byFile.set(file, lines);
  }
  return [...byFile].slice(0, mostFiles).map(([file, roles]) => {
    // The first one of a file is the best place: what lies around it is shown.
    const anchor = roles.keys().next().value!;
    const lines = [...roles.keys()].filter((line) => Math.abs(line - anchor) <= farthest).sort((a, b) => a - b);
    return { file, lines, roles };
  });
}
