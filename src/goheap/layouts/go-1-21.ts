// Written by scripts/make-layouts.mjs from the debug information of a binary of go1.21.13 linux/amd64; do not edit.
import { changedLayout } from '../changed-layout.ts';
import type { RuntimeLayout } from '../runtime-layout.ts';
import { go120 } from './go-1-20.ts';

export const go121: RuntimeLayout = changedLayout(go120, {
  version: 'go1.21',
  madeFrom: 'go1.21.13 linux/amd64',
  structs: {
    mheap: {
      sizeBytes: 92792,
      sweepgen: 65856,
      allspans: 65864,
      pagesInUse: 65888,
      arenas: 65944,
      heapArenas: 66032,
      curArena: 66104,
    },
    mspan: {
      sizeBytes: 168,
      freeIndexForScan: 160,
      sweepgen: 96,
      allocCount: 104,
      spanclass: 106,
      state: 107,
      isUserArenaChunk: 109,
      elemsize: 112,
      limit: 120,
      specials: 136,
    },
    moduledata: { sizeBytes: 592, modulename: 488, hasmain: 528, gcdatamask: 536, gcbssmask: 552, next: 584 },
    g: { sizeBytes: 408, parentGoid: 272, gopc: 280, startpc: 296, waiting: 312, labels: 344, timer: 352 },
    p: { sizeBytes: 8912, timers: 8840 },
    gcController: {
      sizeBytes: 392,
      heapLive: 104,
      heapMarked: 152,
      heapInUse: 272,
      heapReleased: 280,
      heapFree: 288,
      totalAlloc: 296,
      totalFree: 304,
    },
  },
  constants: { specialPinCounter: 4 },
});
