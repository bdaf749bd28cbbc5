// The views, in the order of their tabs and number keys. A new one is a file and a line here.
import type { View } from './view.ts';
import { DoctorView } from './views/doctor.tsx';
import { FindingView } from './views/finding.tsx';
import { GoroutinesView } from './views/goroutines.tsx';
import { GrowthView } from './views/growth.tsx';
import { HeapView } from './views/heap.tsx';
import { NativeView } from './views/native.tsx';
import { OomView } from './views/oom.tsx';
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
    id: 'finding',
    title: 'Findings',
    key: 'f',
    about: 'one leak: its lines, who holds it, the evidence, what to do',
    component: FindingView,
  },
  {
    id: 'growth',
    title: 'Growth',
    key: 'w',
    about: 'flame graph and table of what grew between any two moments',
    component: GrowthView,
  },
  {
    id: 'goroutines',
    title: 'Goroutines',
    key: 'r',
    about: 'groups of goroutines over time, those that can never run again first',
    component: GoroutinesView,
  },
  {
    id: 'heap',
    title: 'Heap',
    key: 'h',
    about: 'who holds what, by the last heap walk',
    component: HeapView,
  },
  {
    id: 'native',
    title: 'Native and regions',
    key: 'n',
    about: 'memory outside of the Go heap: the ledger, C memory, mappings, threads',
    component: NativeView,
  },
  { id: 'oom', title: 'OOM', key: 'm', about: 'kills for want of memory, limits, what comes next', component: OomView },
  {
    id: 'doctor',
    title: 'Doctor',
    key: 'd',
    about: 'what this machine and this target allow',
    component: DoctorView,
  },
];
