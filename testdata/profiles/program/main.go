// Writes one recording of each memory profile that Go has, of a heap whose shape exercises a reader: inlined calls,
// recursion, generics, methods on pointers, closures, large and small objects, freed objects, labels.
package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"runtime/pprof"
	"time"
)

type node struct {
	left, right *node
	payload     []byte
}

type store[K comparable, V any] struct {
	items map[K]V
}

func (s *store[K, V]) put(key K, value V) { s.items[key] = value }

func build(depth int) *node {
	if depth == 0 {
		return nil
	}
	return &node{left: build(depth - 1), right: build(depth - 1), payload: make([]byte, 48)}
}

func wrap(n int) []byte     { return inner(n) }
func inner(n int) []byte    { return allocate(n) }
func allocate(n int) []byte { return make([]byte, n) }

var (
	trees   []*node
	texts   = &store[string, []byte]{items: map[string][]byte{}}
	numbers = &store[int, *[16]int]{items: map[int]*[16]int{}}
	sink    []byte
)

func grow(round int) {
	trees = append(trees, build(10))
	for i := 0; i < 200; i++ {
		texts.put(fmt.Sprintf("key-%d-%d", round, i), wrap(700))
		numbers.put(round*1000+i, new([16]int))
		sink = wrap(3000)
	}
	func() {
		texts.put(fmt.Sprint("large", round), wrap(1<<20))
	}()
}

func worker(queue chan int) {
	for item := range queue {
		sink = wrap(item)
	}
}

func forgotten() {
	never := make(chan struct{})
	<-never
}

func save(directory, name, profile string, level int) {
	file, err := os.Create(filepath.Join(directory, name))
	if err != nil {
		panic(err)
	}
	p := pprof.Lookup(profile)
	if p == nil {
		file.Close()
		os.Remove(file.Name())
		return
	}
	if err := p.WriteTo(file, level); err != nil {
		panic(err)
	}
	if err := file.Close(); err != nil {
		panic(err)
	}
}

func main() {
	runtime.MemProfileRate = 4096
	directory := os.Args[1]
	debug.SetGCPercent(-1)
	grow(0)
	runtime.GC()
	runtime.GC()
	save(directory, "heap-base.pb.gz", "heap", 0)
	grow(1)
	trees = trees[1:]
	grow(2)
	queue := make(chan int)
	for i := 0; i < 4; i++ {
		pprof.Do(context.Background(), pprof.Labels("worker", fmt.Sprint(i%2), "quoted", "a \"b\""), func(context.Context) {
			go worker(queue)
		})
	}
	for i := 0; i < 3; i++ {
		go forgotten()
	}
	time.Sleep(50 * time.Millisecond)
	runtime.GC()
	runtime.GC()
	save(directory, "heap-current.pb.gz", "heap", 0)
	save(directory, "heap-current.txt", "heap", 1)
	save(directory, "allocs.pb.gz", "allocs", 0)
	save(directory, "goroutine.pb.gz", "goroutine", 0)
	save(directory, "goroutine.txt", "goroutine", 1)
	save(directory, "threadcreate.pb.gz", "threadcreate", 0)
	save(directory, "threadcreate.txt", "threadcreate", 1)
	save(directory, "goroutineleak.pb.gz", "goroutineleak", 0)
	save(directory, "goroutineleak.txt", "goroutineleak", 1)
	runtime.KeepAlive(queue)
}
