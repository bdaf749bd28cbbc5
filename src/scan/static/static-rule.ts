// What a rule of `leakline scan` is: plain data and one pure function from the facts of a package to its hits.
// It shares its id, and with that its `about`, with the run-time rule of the same cause. Examples are executed by
// `static-rules.test.ts` and printed on the rule's page: each of `leaks` must be hit, none of `fine` may be.
import type { Syntax } from '../syntax.ts';
import type { PackageFacts } from './package-facts.ts';

export interface StaticRule {
  readonly id: string;
  /** False: only with `--all` or `--rules`; then `offBecause` says why. */
  readonly byDefault: boolean;
  readonly offBecause?: string;
  readonly examples: {
    /** Go files or parts of them; without a package clause `package main` is put before. `//want` marks lines to hit. */
    readonly leaks: readonly string[];
    /** What tempts and does not leak. */
    readonly fine: readonly string[];
  };
  find(facts: PackageFacts): readonly StaticHit[];
}

export interface StaticHit {
  /** What to point at. */
  readonly at: Syntax;
  /** One sentence without the place and without a full stop. */
  readonly message: string;
  readonly related?: readonly RelatedNode[];
}

export interface RelatedNode {
  readonly at: Syntax;
  readonly message: string;
}
