// A heap of which it is known who holds what: a map, a list, goroutines with buffers, something shared, goroutines
// that nobody can wake. Each line of stdin
// makes it grow by the same amount; the end of stdin ends it. Prints one JSON line when it is ready, and one each time.
package main

import (
	"bufio"
	"container/list"
	"encoding/json"
	"fmt"
	"os"
	"runtime"
)

type Session struct {
	id   int
	name string
	data []byte
}

type Cache struct {
	hits     int
	sessions map[string]*Session
}

type Pool struct {
	buffers [][]byte
}

var (
	cache  = Cache{sessions: map[string]*Session{}}
	events = list.New()
	pool   *Pool
	last   *Session
	never  = make(chan int)
)

func grow() {
	for i := 0; i < 1000; i++ {
		one := &Session{id: len(cache.sessions), name: fmt.Sprint("session ", len(cache.sessions)), data: make([]byte, 4096)}
		cache.sessions[one.name] = one
		last = one
	}
	for i := 0; i < 2000; i++ {
		events.PushBack(&Session{id: i})
	}
	for i := 0; i < 3; i++ {
		lost := make(chan int)
		go ask(lost)
	}
	for i := 0; i < 10; i++ {
		go hold(make([]byte, 1<<16), pool)
	}
}

//go:noinline
func ask(answer chan int) {
	answer <- 1
}

//go:noinline
func hold(buffer []byte, shared *Pool) {
	<-never
	fmt.Fprint(os.Stderr, len(buffer), len(shared.buffers))
}

func main() {
	// Without a use of it, the linker leaves the memory profiler out.
	runtime.MemProfile(nil, true)
	pool = &Pool{}
	for i := 0; i < 8; i++ {
		pool.buffers = append(pool.buffers, make([]byte, 1<<18))
	}
	lines := bufio.NewScanner(os.Stdin)
	for ok := true; ok; ok = lines.Scan() {
		grow()
		runtime.GC()
		json.NewEncoder(os.Stdout).Encode(map[string]interface{}{
			"sessions": len(cache.sessions), "last": fmt.Sprintf("%p", last),
		})
	}
}
