// What this machine and this target allow, as `leakline doctor` says it.
import type { Part } from './part.ts';

export type DoctorAnswer = Part<DoctorPage>;

export interface DoctorPage {
  readonly summary: string;
  readonly can: readonly string[];
  readonly checks: readonly DoctorCheck[];
}

export interface DoctorCheck {
  readonly id: string;
  readonly about: 'machine' | 'target';
  readonly name: string;
  /** `unknown`: it could not be found out; never read as missing, nor as there. */
  readonly state: 'ok' | 'missing' | 'unknown';
  readonly found: string;
  readonly gives: string;
  readonly how: readonly { readonly where?: string; readonly command: string }[];
}
