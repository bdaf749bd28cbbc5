// `C.CString` and `C.CBytes` copy into memory of C, which no collector sees.
import { unfreed } from '../c-memory.ts';
import type { StaticRule } from '../static-rule.ts';

export const cgoCstring: StaticRule = {
  id: 'cgo-cstring',
  byDefault: true,
  examples: {
    leaks: [
      `import "C"

func log(line string) {
	C.puts(C.CString(line)) //want
}`,
      `import "C"

func open(name string) error {
	cs := C.CString(name) //want
	if C.check(cs) != 0 {
		return errBad
	}
	C.open(cs)
	C.free(unsafe.Pointer(cs))
	return nil
}`,
    ],
    fine: [
      `import "C"

func log(line string) {
	cs := C.CString(line)
	defer C.free(unsafe.Pointer(cs))
	C.puts(cs)
}`,
      `import "C"

// The caller frees it.
func cString(s string) *C.char { return C.CString(s) }

type job struct{ name *C.char }

func newJob(name string) *job { return &job{name: C.CString(name)} }`,
      `import "C"

func main() {
	C.setlocale(C.LC_ALL, C.CString("C"))
}`,
    ],
  },
  find: (facts) => unfreed(facts, ['CString', 'CBytes']),
};
