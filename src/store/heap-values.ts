// The columns of a heap profile, in the order in which they are stored.
import type { HeapValue } from '../model/recording.ts';

export const heapValues: readonly HeapValue[] = ['inuse-bytes', 'inuse-objects', 'alloc-bytes', 'alloc-objects'];
