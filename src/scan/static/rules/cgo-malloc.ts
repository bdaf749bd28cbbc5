// `C.malloc` and its kin: memory that only `C.free` gives back.
import { unfreed } from '../c-memory.ts';
import type { StaticRule } from '../static-rule.ts';

export const cgoMalloc: StaticRule = {
  id: 'cgo-malloc',
  byDefault: true,
  examples: {
    leaks: [
      `import "C"

func hash(data []byte) uint32 {
	buf := (*C.uchar)(C.malloc(C.size_t(len(data)))) //want
	C.fill(buf, C.int(len(data)))
	return uint32(C.crc(buf))
}`,
      `import "C"

func work(n int) bool {
	p := C.calloc(C.size_t(n), 8) //want
	if C.run(p) != 0 {
		return false
	}
	C.free(p)
	return true
}`,
    ],
    fine: [
      `import "C"

func hash(n int) uint32 {
	buf := C.malloc(C.size_t(n))
	if buf == nil {
		return 0
	}
	defer C.free(buf)
	return uint32(C.crc((*C.uchar)(buf)))
}`,
      `import "C"

type arena struct{ base unsafe.Pointer }

func (a *arena) grow(n int) { a.base = C.malloc(C.size_t(n)) }`,
      `import "C"

func parse(n int) {
	doc := C.malloc(C.size_t(n))
	C.doc_init(doc)
	C.doc_free(doc)
}`,
    ],
  },
  find: (facts) => unfreed(facts, ['malloc', 'calloc', 'realloc', 'strdup']),
};
