// Written by scripts/make-layouts.mjs from the debug information of binaries with GOEXPERIMENT; do not edit.
import type { LayoutChanges } from '../changed-layout.ts';

export const experimentLayouts: Readonly<Record<string, LayoutChanges>> = {
  'go1.22 noallocheaders': {
    madeFrom: 'go1.22.12 X:noallocheaders linux/amd64',
    heapBitmap: 'one-bit-arena',
    structs: { heapArena: { sizeBytes: 1133584, bitmap: 0, noMorePtrs: 1048576, spans: 1064960, zeroedBase: 1133576 } },
    constants: { minSizeForMallocHeader: -1, mallocHeaderBytes: 0 },
  },
  'go1.24 noswissmap': {
    madeFrom: 'go1.24.4 X:noswissmap linux/amd64',
    maps: 'buckets',
    structs: {
      mapType: { sizeBytes: 88 },
      hmap: { sizeBytes: 56, count: 0, B: 9, noverflow: 10, buckets: 16, oldbuckets: 24, extra: 48 },
      mapextra: { sizeBytes: 24, overflow: 0, oldoverflow: 8, nextOverflow: 16 },
      swissMap: undefined,
      swissTable: undefined,
    },
  },
  'go1.25 noswissmap': {
    madeFrom: 'go1.25.1 X:noswissmap linux/amd64',
    maps: 'buckets',
    structs: {
      mapType: { sizeBytes: 88 },
      hmap: { sizeBytes: 56, count: 0, B: 9, noverflow: 10, buckets: 16, oldbuckets: 24, extra: 48 },
      mapextra: { sizeBytes: 24, overflow: 0, oldoverflow: 8, nextOverflow: 16 },
      swissMap: undefined,
      swissTable: undefined,
    },
  },
  'go1.25 greenteagc': {
    madeFrom: 'go1.25.1 X:greenteagc linux/amd64',
    inlineMarkBytes: 128,
    structs: { p: { sizeBytes: 13744, timers: 13632, cleanups: 13688 }, memstats: { sizeBytes: 10440 } },
  },
  'go1.26 nogreenteagc': {
    madeFrom: 'go1.26.8-X:nogreenteagc linux/amd64',
    inlineMarkBytes: 0,
    structs: { p: { sizeBytes: 11664, timers: 9424, cleanups: 9480 }, memstats: { sizeBytes: 8264 } },
  },
  'go1.27 nogreenteagc': {
    madeFrom: 'go1.27.3-X:nogreenteagc linux/amd64',
    inlineMarkBytes: 0,
    structs: { p: { sizeBytes: 11664, timers: 9424, cleanups: 9480 }, memstats: { sizeBytes: 8264 } },
  },
};
