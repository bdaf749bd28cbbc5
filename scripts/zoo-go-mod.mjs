// The zoo with another toolchain. Since Go 1.21 the go command refuses a module whose go line is newer than itself, so such
// programs are built with a copy of their go.mod that says the toolchain's own version; what the language of that version
// lacks, the compiler says. And a few programs leak with some versions of Go only.
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** `toolchain`: `go1.19.13`. The copy is written into `scratch`. */
export function goModFor(folder, toolchain, scratch) {
  const home = path.resolve(folder, '../..');
  const text = readFileSync(path.join(home, 'go.mod'), 'utf8');
  const minor = minorOf(toolchain);
  if (minor >= minorOf(/^go 1\.\d+/m.exec(text)?.[0])) return { args: [], isOlder: false };
  const copy = path.join(scratch, `${path.basename(home)}-1.${minor}.mod`);
  writeFileSync(copy, text.replace(/^go 1\..*$/m, `go 1.${minor}`));
  return { args: [`-modfile=${copy}`], isOlder: true };
}

/** truth.json: `leaksBefore` names the first Go with which a program is innocent, `needsGo` the first that it is written for. */
export function forToolchain(program, toolchain) {
  const { leaksBefore, needsGo } = program.truth;
  if (needsGo !== undefined && minorOf(toolchain) < minorOf(needsGo)) {
    return { ...program, skipped: `is innocent only since Go ${needsGo}` };
  }
  if (leaksBefore === undefined || minorOf(toolchain) < minorOf(leaksBefore)) return program;
  return { ...program, truth: { verdict: 'clear' } };
}

const minorOf = (version) => Number(/1\.(\d+)/.exec(version ?? '')?.[1] ?? Number.POSITIVE_INFINITY);
