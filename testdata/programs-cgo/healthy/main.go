// The twin of leaky: the same seven kinds of C allocation, each given back. One of them stays for a while, as a
// session would, and the Go heap grows through libc's mmap, as it does in every cgo program; neither is a leak.
package main

/*
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

__attribute__((noinline)) static void *touch(void *p, size_t n) { if (p) memset(p, 1, n); return p; }
__attribute__((noinline)) void *c_malloc(size_t n)   { return touch(malloc(n), n); }
__attribute__((noinline)) void *c_calloc(size_t n)   { return touch(calloc(1, n), n); }
__attribute__((noinline)) void *c_realloc(size_t n)  { return touch(realloc(malloc(16), n), n); }
__attribute__((noinline)) void *c_memalign(size_t n) { void *p = NULL; return posix_memalign(&p, 64, n) == 0 ? touch(p, n) : NULL; }
__attribute__((noinline)) void *c_mmap(size_t n) {
	void *p = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	return p == MAP_FAILED ? NULL : touch(p, n);
}
__attribute__((noinline)) void c_munmap(void *p, size_t n) { if (p) munmap(p, n); }
*/
import "C"

import (
	"flag"
	"fmt"
	"os"
	"runtime"
	"strings"
	"time"
	"unsafe"
)

const size = 4000

var text = strings.Repeat("x", size-1)
var blob = []byte(text)
var cache [][]byte

//go:noinline
func useMalloc() { C.free(C.c_malloc(size)) }

//go:noinline
func useCalloc() { C.free(C.c_calloc(size)) }

//go:noinline
func useRealloc() { C.free(C.c_realloc(size)) }

//go:noinline
func useMemalign() { C.free(C.c_memalign(size)) }

//go:noinline
func useString() { C.free(unsafe.Pointer(C.CString(text))) }

//go:noinline
func useBytes() { C.free(C.CBytes(blob)) }

//go:noinline
func useMmap() { C.c_munmap(C.c_mmap(size), size) }

func main() {
	every := flag.Duration("every", 20*time.Millisecond, "between rounds of all seven")
	sessions := flag.Int("sessions", 50, "blocks that stay for that many rounds")
	heap := flag.Bool("heap", false, "let the Go heap grow")
	idle := flag.Bool("idle", false, "allocate nothing")
	flag.Parse()
	runtime.LockOSThread()
	fmt.Println("ready", os.Getpid())
	kept := make([]unsafe.Pointer, *sessions)
	round := 0
	for range time.Tick(*every) {
		if *idle {
			continue
		}
		useMalloc()
		useCalloc()
		useRealloc()
		useMemalign()
		useString()
		useBytes()
		useMmap()
		if *sessions > 0 {
			C.free(kept[round%*sessions])
			kept[round%*sessions] = C.c_malloc(size)
			round++
		}
		if *heap {
			cache = append(cache, make([]byte, 1<<20))
		}
	}
}
