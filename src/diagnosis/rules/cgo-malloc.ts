// Memory that C code allocates and nobody frees:
//
//   img := C.image_decode(ptr, n)
//   if err := check(img); err != nil { return err }   // C.image_free(img) is not reached
//
// Go's profiles never see it. A trace of malloc names the Go line; sizes alone name only the class.
import { nativeOutcome } from '../native-rule.ts';
import type { Rule } from '../rule.ts';

export const cgoMalloc: Rule = {
  id: 'cgo-malloc',
  title: 'C memory that is never freed',
  type: 'leak',
  needs: ['ledger'],
  about: {
    what: 'Memory from malloc grows outside the Go heap: C or C++ code called through cgo allocates it, and it is not freed.',
    why: 'The collector knows nothing of C memory. Whoever gets it from a C function must hand it back to the matching free, on every path, errors included.',
    fix: 'Call the library’s free or destroy function with defer right after the call that allocates; give the Go wrapper a Close, and runtime.AddCleanup as a safety net.',
    falsePositives:
      'A cache of the C library that is still filling, and the arenas of glibc (one per thread, up to eight per core) stop growing; watch longer.',
    sources: ['https://pkg.go.dev/cmd/cgo', 'https://go.dev/wiki/cgo'],
  },
  evaluate: (input) =>
    nativeOutcome(input, {
      owns: ({ kind }) => kind === 'cgo-malloc' || kind === 'native-touch',
      class: 'malloc',
      role: 'allocates',
      placeTitle: (place, through) => `C memory allocated at ${place}${through} is never freed`,
      measured: 'C memory allocated here and not released',
      classTitle: 'C memory (malloc) grows outside the Go heap',
      calls: /^C\.(malloc|calloc|CString|CBytes)$/,
      releases: /^C\.\w*(free|Free|release|destroy|close|delete)/,
      clear: 'memory from malloc does not grow',
    }),
};
