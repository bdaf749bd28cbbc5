// C.CString and C.CBytes copy into C memory, which only C.free gives back:
//
//   C.log_line(C.CString(msg))          // the copy has no name, nobody can free it
import { nativeOutcome } from '../native-rule.ts';
import type { Rule } from '../rule.ts';

export const cgoCstring: Rule = {
  id: 'cgo-cstring',
  title: 'C.CString or C.CBytes without C.free',
  type: 'leak',
  needs: ['ledger'],
  about: {
    what: 'Copies that C.CString or C.CBytes make for C code grow in number and are not freed.',
    why: 'Both call malloc. The copy belongs to the caller: neither the collector nor the C function frees it, unless that function says that it takes the copy over.',
    fix: 'Keep the pointer: cs := C.CString(s); defer C.free(unsafe.Pointer(cs)). For large or many arguments pass &b[0] with its length instead of a copy.',
    falsePositives:
      'A C function that keeps the copy on purpose, for as long as an object lives, and frees it with the object.',
    sources: ['https://pkg.go.dev/cmd/cgo#hdr-Go_references_to_C', 'https://go.dev/wiki/cgo'],
  },
  evaluate: (input) =>
    nativeOutcome(input, {
      owns: ({ kind }) => kind === 'cgo-cstring',
      // What only sizes show may come from any malloc: that is told by cgo-malloc.
      class: undefined,
      role: 'allocates',
      placeTitle: (place, _, via) => `The copy that ${via ?? 'C.CString'} makes at ${place} is never freed`,
      measured: 'copies made here and not freed',
      classTitle: '',
      calls: undefined,
      releases: undefined,
      clear: 'no copies for C code pile up',
    }),
};
