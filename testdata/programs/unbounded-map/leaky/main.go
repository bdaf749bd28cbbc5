// An API gateway that remembers the last answer for every request id: ids never repeat, so the map only grows.
package main

import (
	"bytes"
	"fmt"
	"sync"
	"time"

	"example.com/zoo/internal/boot"
)

type answer struct {
	status int
	body   []byte
	at     time.Time
}

type gateway struct {
	mu     sync.Mutex
	recent map[string]*answer
}

func newGateway() *gateway {
	return &gateway{recent: make(map[string]*answer)}
}

func (g *gateway) handle(id string) *answer {
	a := &answer{status: 200, body: render(id), at: time.Now()}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.recent[id] = a //leak:retains
	return a
}

func render(id string) []byte {
	return bytes.Repeat([]byte(id), 80) //leak:allocates
}

func main() {
	boot.Serve()
	g := newGateway()
	for n := 0; ; n++ {
		g.handle(fmt.Sprintf("req-%012d", n))
		if n%5 == 0 {
			time.Sleep(3 * time.Millisecond)
		}
	}
}
