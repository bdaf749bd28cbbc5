// Written by scripts/make-layouts.mjs from the debug information of a binary of go1.23.2 linux/amd64; do not edit.
import { changedLayout } from '../changed-layout.ts';
import type { RuntimeLayout } from '../runtime-layout.ts';
import { go122 } from './go-1-22.ts';

export const go1230: RuntimeLayout = changedLayout(go122, {
  version: 'go1.23',
  madeFrom: 'go1.23.2 linux/amd64',
  structs: {
    mheap: { sizeBytes: 92928 },
    moduledata: { sizeBytes: 584, next: 576 },
    g: {
      sizeBytes: 432,
      param: 144,
      atomicstatus: 152,
      goid: 160,
      waitsince: 176,
      waitreason: 184,
      asyncSafePoint: 188,
      parentGoid: 280,
      gopc: 288,
      startpc: 304,
      waiting: 320,
      labels: 352,
      timer: 360,
    },
    p: { m: 48, mcache: 56, timers: 8848, sudogcache: 2472 },
    timer: {
      sizeBytes: 80,
      when: 16,
      period: 24,
      f: 32,
      arg: 40,
      seq: 56,
      isChan: 10,
      blocked: 12,
      ts: 64,
      status: undefined,
      nextwhen: undefined,
      state: 9,
    },
    timerWhen: { sizeBytes: 16, timer: 0, when: 8 },
    specialWeakHandle: { sizeBytes: 24, handle: 16 },
    hchan: { sizeBytes: 104, timer: 32, elemtype: 40, sendx: 48, recvx: 56, recvqFirst: 64, sendqFirst: 80 },
  },
  constants: { specialWeakHandle: 2, specialProfile: 3, specialReachable: 4, specialPinCounter: 5 },
});
