// Written by scripts/make-layouts.mjs from the debug information of a binary of go1.27.3 linux/amd64; do not edit.
import { changedLayout } from '../changed-layout.ts';
import type { RuntimeLayout } from '../runtime-layout.ts';
import { go126 } from './go-1-26.ts';

export const go127: RuntimeLayout = changedLayout(go126, {
  version: 'go1.27',
  madeFrom: 'go1.27.3 linux/amd64',
  structs: {
    moduledata: {
      sizeBytes: 568,
      typedesclen: 304,
      etypes: 312,
      rodata: 336,
      gofunc: 344,
      typelinks: undefined,
      itablinks: undefined,
      pluginpath: 408,
      modulename: 472,
      hasmain: 512,
      gcdatamask: 520,
      gcbssmask: 536,
      next: 560,
    },
    panic: { sizeBytes: 96 },
    mapType: { sizeBytes: 136 },
    memRecord: { sizeBytes: 64, future: 16 },
    memRecordCycle: { sizeBytes: 16, allocBytes: undefined, freeBytes: undefined },
  },
});
