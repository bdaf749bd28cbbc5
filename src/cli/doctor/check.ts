// One line of `leakline doctor`: something that leakline can use, whether it is there, what it gives, how to get it.
import type { Distribution } from '../../capture/doctor/read-machine.ts';

export interface Check {
  readonly id: string;
  readonly about: 'machine' | 'target';
  readonly name: string;
  /** `unknown`: it could not be found out; never read as missing, nor as there. */
  readonly state: 'ok' | 'missing' | 'unknown';
  /** What was found, one clause. */
  readonly found: string;
  /** What leakline does with it. */
  readonly gives: string;
  /** Exact commands, the one for this machine first; empty when it is there, or cannot be had. */
  readonly how: readonly HowTo[];
}

export interface HowTo {
  /** Where it applies: `Debian, Ubuntu`, `docker`; undefined when it applies here. */
  readonly where: string | undefined;
  readonly command: string;
}

/** A program that did not answer in time is not known to be missing. */
export const stateWithout = (why: string): 'missing' | 'unknown' =>
  /gives no answer in \d+ s/.test(why) ? 'unknown' : 'missing';

export const here = (command: string): HowTo => ({ where: undefined, command });
export const where = (place: string, command: string): HowTo => ({ where: place, command });

/** The package's command for this distribution, or for all of them when it is another one. */
export function install(
  distribution: Distribution,
  packages: { readonly debian: string; readonly fedora: string; readonly alpine: string },
): readonly HowTo[] {
  const commands = {
    debian: where('Debian, Ubuntu', `sudo apt-get install ${packages.debian}`),
    fedora: where('Fedora, RHEL', `sudo dnf install ${packages.fedora}`),
    alpine: where('Alpine', `sudo apk add ${packages.alpine}`),
  };
  return distribution === 'other' ? Object.values(commands) : [here(commands[distribution].command)];
}
