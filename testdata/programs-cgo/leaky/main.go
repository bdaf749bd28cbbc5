// A service whose C side leaks in seven ways, each from a Go function of its own. Go's heap stays flat.
package main

/*
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

__attribute__((noinline)) static void touch(void *p, size_t n) { if (p) memset(p, 1, n); }
__attribute__((noinline)) void c_malloc(size_t n)   { touch(malloc(n), n); }
__attribute__((noinline)) void c_calloc(size_t n)   { touch(calloc(1, n), n); }
__attribute__((noinline)) void c_realloc(size_t n)  { void *p = malloc(16); p = realloc(p, n); touch(p, n); }
__attribute__((noinline)) void c_memalign(size_t n) { void *p = NULL; if (posix_memalign(&p, 64, n) == 0) touch(p, n); }
__attribute__((noinline)) void c_mmap(size_t n) {
	void *p = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p != MAP_FAILED) touch(p, n);
}
*/
import "C"

import (
	"flag"
	"fmt"
	"os"
	"runtime"
	"strings"
	"time"
)

const size = 4000

var text = strings.Repeat("x", size-1)
var blob = []byte(text)

//go:noinline
func leakMalloc() {
	C.c_malloc(size) //leak:allocates
}

//go:noinline
func leakCalloc() {
	C.c_calloc(size) //leak:allocates
}

//go:noinline
func leakRealloc() {
	C.c_realloc(size) //leak:allocates
}

//go:noinline
func leakMemalign() {
	C.c_memalign(size) //leak:allocates
}

//go:noinline
func leakString() {
	C.CString(text) //leak:allocates
}

// Small enough to be inlined into its caller: the report must still name it.
func leakBytes() {
	C.CBytes(blob) //leak:allocates
}

//go:noinline
func leakMmap() {
	C.c_mmap(size) //leak:allocates
}

func main() {
	every := flag.Duration("every", 20*time.Millisecond, "between rounds of all seven")
	only := flag.String("only", "", "one of malloc calloc realloc memalign string bytes mmap")
	flag.Parse()
	runtime.LockOSThread()
	fmt.Println("ready", os.Getpid())
	round := map[string]func(){
		"malloc": leakMalloc, "calloc": leakCalloc, "realloc": leakRealloc, "memalign": leakMemalign,
		"string": leakString, "bytes": func() { leakBytes() }, "mmap": leakMmap,
	}
	for range time.Tick(*every) {
		for name, leak := range round {
			if *only == "" || *only == name {
				leak()
			}
		}
	}
}
