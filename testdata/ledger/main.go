// Holds about 100 MiB of one kind of memory, says so, and waits: what the ledger must put into one class.
//
//	ledger MODE [silent]
//
// `silent` listens nowhere, as a service without pprof. Modes that begin with `grow-` add about 8 MiB a second for ever.
package main

import (
	"fmt"
	"net"
	"net/http"
	_ "net/http/pprof"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"syscall"
	"time"
)

const size = 100 << 20

var kept [][]byte
var pointers []*[64]byte
var last []byte

func touch(b []byte) {
	for i := 0; i < len(b); i += 1024 {
		b[i] = byte(i>>10) | 1
	}
}

func deep(n int, c chan int) int {
	var pad [512]byte
	pad[n] = byte(n)
	if n == 0 {
		<-c
		return int(pad[0])
	}
	return deep(n-1, c) + int(pad[n])
}

func mapped(fd, bytes, flags int) []byte {
	b, err := syscall.Mmap(fd, 0, bytes, syscall.PROT_READ|syscall.PROT_WRITE, flags)
	if err != nil {
		panic(err)
	}
	return b
}

// An unlinked file in `dir`, as large as asked.
func file(dir string, bytes int) int {
	f, err := os.CreateTemp(dir, "ledger-*")
	if err != nil {
		panic(err)
	}
	os.Remove(f.Name())
	if err := f.Truncate(int64(bytes)); err != nil {
		panic(err)
	}
	fd, _ := syscall.Dup(int(f.Fd()))
	f.Close()
	return fd
}

func grow(step func()) {
	go func() {
		for range time.Tick(125 * time.Millisecond) {
			step()
		}
	}()
}

var modes = map[string]func(){
	"none": func() {},
	"heap": func() {
		for i := 0; i < size>>20; i++ {
			b := make([]byte, 1<<20)
			touch(b)
			kept = append(kept, b)
		}
	},
	"stacks": func() {
		c := make(chan int)
		for i := 0; i < 4000; i++ {
			go deep(40, c)
		}
		time.Sleep(time.Second)
	},
	// One object of a span stays.
	"fragmentation": func() {
		for i := 0; i < size/64; i++ {
			p := new([64]byte)
			p[0] = 1
			pointers = append(pointers, p)
		}
		kept := pointers[:0]
		for i := 0; i < len(pointers); i += 100 {
			kept = append(kept, pointers[i])
		}
		for i := len(kept); i < len(pointers); i++ {
			pointers[i] = nil
		}
	},
	// Freed, and not yet given back: the scavenger is too slow for it.
	"idle": func() {
		for i := 0; i < size>>20; i++ {
			b := make([]byte, 1<<20)
			touch(b)
			kept = append(kept, b)
		}
		kept = nil
	},
	"garbage": func() {
		debug.SetGCPercent(-1)
		for i := 0; i < size>>20; i++ {
			last = make([]byte, 1<<20)
			touch(last)
		}
	},
	"ballast": func() { kept = append(kept, make([]byte, size)) },
	"churn": func() {
		for i := 0; i < 4; i++ {
			go func() {
				for n := 0; ; n++ {
					b := make([]byte, 64<<10)
					touch(b)
					last = b
					if n%64 == 0 {
						time.Sleep(10 * time.Millisecond)
					}
				}
			}()
		}
		time.Sleep(time.Second)
	},
	"anon": func() {
		b := mapped(-1, size, syscall.MAP_PRIVATE|syscall.MAP_ANON)
		touch(b)
		kept = append(kept, b)
	},
	"file": func() {
		dir, _ := filepath.Abs(".")
		b := mapped(file(dir, size), size, syscall.MAP_SHARED)
		touch(b)
		kept = append(kept, b)
	},
	"shmem": func() {
		b := mapped(file("/dev/shm", size), size, syscall.MAP_SHARED)
		touch(b)
		kept = append(kept, b)
	},
	"memfd": func() {
		name := []byte("ledger\x00")
		fd, _, errno := syscall.Syscall(memfdCreate, address(name), 0, 0)
		if errno != 0 {
			panic(errno)
		}
		if err := syscall.Ftruncate(int(fd), size); err != nil {
			panic(err)
		}
		b := mapped(int(fd), size, syscall.MAP_SHARED)
		touch(b)
		kept = append(kept, b)
	},
	"grow-heap": func() {
		grow(func() {
			b := make([]byte, 1<<20)
			touch(b)
			kept = append(kept, b)
		})
	},
	"grow-anon": func() {
		grow(func() {
			b := mapped(-1, 1<<20, syscall.MAP_PRIVATE|syscall.MAP_ANON)
			touch(b)
			kept = append(kept, b)
		})
	},
	"grow-file": func() {
		dir, _ := filepath.Abs(".")
		fd := file(dir, 1<<30)
		b := mapped(fd, 1<<30, syscall.MAP_SHARED)
		at := 0
		grow(func() {
			if at < len(b) {
				touch(b[at : at+1<<20])
				at += 1 << 20
			}
		})
	},
}

func main() {
	mode, ok := modes[os.Args[1]]
	if !ok {
		fmt.Println("no such mode")
		os.Exit(2)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	mode()
	if os.Args[1] != "garbage" {
		runtime.GC()
	}
	fmt.Println("ready")
	if len(os.Args) > 2 {
		l.Close()
		time.Sleep(time.Hour)
	}
	http.Serve(l, nil)
}
