// Anonymous memory that is mapped and not unmapped, by C code or by the program itself:
//
//   buf, _ := syscall.Mmap(-1, 0, size, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
//   …                                                    // no syscall.Munmap(buf)
//
// malloc takes large blocks from mmap, too: where only sizes are known, both are possible.
import { nativeOutcome } from '../native-rule.ts';
import type { Rule } from '../rule.ts';

export const nativeMmap: Rule = {
  id: 'native-mmap',
  title: 'Mapped memory that is never unmapped',
  type: 'leak',
  needs: ['ledger'],
  about: {
    what: 'Anonymous mappings outside the Go heap grow: made by mmap, or by malloc for large blocks, and not given back.',
    why: 'Mapped memory stays until munmap. The Go collector does not know it, even when the slice over it is long gone.',
    fix: 'Pair each Mmap with a Munmap (defer it, or put it into Close), and reuse buffers instead of mapping a new one for each task.',
    falsePositives:
      'A pool of buffers or an allocator (jemalloc, an arena) that is still warming up stops growing; watch longer.',
    sources: ['https://pkg.go.dev/syscall#Mmap', 'https://man7.org/linux/man-pages/man2/mmap.2.html'],
  },
  evaluate: (input) =>
    nativeOutcome(input, {
      owns: ({ kind }) => kind === 'native-mmap',
      class: 'other-native',
      role: 'maps',
      placeTitle: (place) => `Memory mapped at ${place} is never unmapped`,
      measured: 'memory mapped here and not unmapped',
      classTitle: 'Anonymous mappings outside the Go heap grow',
      calls: /(^|\/)(syscall|unix)\.(Mmap|MmapPtr)$|^C\.mmap$/,
      releases: /(^|\/)(syscall|unix)\.(Munmap|MunmapPtr)$|^C\.munmap$/,
      clear: 'anonymous mappings outside the Go heap do not grow',
    }),
};
