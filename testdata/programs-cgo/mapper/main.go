// A Go program without C that maps memory itself. Anonymous blocks and files are mapped in turn; by default neither is
// ever unmapped. The Go heap grows beside it when asked to, which is the runtime's own business.
package main

import (
	"flag"
	"fmt"
	"os"
	"runtime"
	"syscall"
	"time"
)

const size = 16 << 10

var cache [][]byte

//go:noinline
func mapBlock() []byte {
	b, err := syscall.Mmap(-1, 0, size, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE) //leak:allocates
	if err != nil {
		panic(err)
	}
	b[0], b[size-1] = 1, 1
	return b
}

//go:noinline
func mapFile(file *os.File) []byte {
	b, err := syscall.Mmap(int(file.Fd()), 0, size, syscall.PROT_READ, syscall.MAP_SHARED) //leak:allocates
	if err != nil {
		panic(err)
	}
	runtime.KeepAlive(b[0])
	return b
}

func main() {
	every := flag.Duration("every", 20*time.Millisecond, "between two rounds")
	release := flag.Bool("release", false, "unmap everything at once")
	heap := flag.Bool("heap", false, "let the Go heap grow")
	idle := flag.Bool("idle", false, "map nothing")
	flag.Parse()
	file, err := os.Open(os.Args[0])
	if err != nil {
		panic(err)
	}
	fmt.Println("ready", os.Getpid())
	for range time.Tick(*every) {
		if *heap {
			cache = append(cache, make([]byte, 256<<10))
		}
		if *idle {
			continue
		}
		block, mapped := mapBlock(), mapFile(file)
		if *release {
			_, _ = syscall.Munmap(block), syscall.Munmap(mapped)
		}
	}
}
