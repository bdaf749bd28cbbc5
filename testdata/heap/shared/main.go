// What package sync keeps: a map of 3000 items, and a pool with 500 of them, both with types that only the library knows.
// And what only arguments hold: five goroutines with a megabyte each.
package main

import (
	"bufio"
	"fmt"
	"os"
	"runtime"
	"sync"
	"time"
)

type Item struct {
	id   int
	name string
	next *Item
}

var (
	store sync.Map
	never = make(chan int)
	pool  = sync.Pool{New: func() interface{} { return &Item{} }}
)

//go:noinline
func keep(buffer []byte) {
	<-never
	fmt.Fprint(os.Stderr, len(buffer))
}

func printCount() {
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	fmt.Printf("{\"objects\":%d,\"version\":%q}\n", stats.HeapObjects, runtime.Version())
}

func main() {
	for i := 0; i < 3000; i++ {
		store.Store(i, &Item{id: i})
	}
	var held []*Item
	for i := 0; i < 500; i++ {
		held = append(held, pool.Get().(*Item))
	}
	for _, one := range held {
		pool.Put(one)
	}
	held = nil
	for i := 0; i < 5; i++ {
		go keep(make([]byte, 1<<20))
	}
	time.Sleep(100 * time.Millisecond)
	printCount()
	printCount()
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		printCount()
	}
}
