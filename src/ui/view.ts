// What a view is. The list of them is views.ts.
import type { ComponentType } from 'preact';

export interface View {
  /** In the URL; stable for ever. */
  readonly id: string;
  readonly title: string;
  /** The letter after `g` that goes there. */
  readonly key: string;
  /** One sentence for the help. */
  readonly about: string;
  readonly component: ComponentType;
}
