// The views, in the order of their tabs and number keys. A new one is a file and a line here.
import type { View } from './view.ts';
import { GrowthView } from './views/growth.tsx';
import { OverviewView } from './views/overview.tsx';

export const views: readonly View[] = [
  {
    id: 'overview',
    title: 'Overview',
    key: 'o',
    about: 'the verdict, the findings, where memory goes over time',
    component: OverviewView,
  },
  {
    id: 'growth',
    title: 'Growth',
    key: 'w',
    about: 'flame graph and table of what grew between any two moments',
    component: GrowthView,
  },
];
