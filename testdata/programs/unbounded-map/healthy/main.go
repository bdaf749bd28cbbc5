// The same gateway with a bound: when the map is full, the oldest answers go.
package main

import (
	"bytes"
	"fmt"
	"sync"
	"time"

	"example.com/zoo/internal/boot"
)

const maxRecent = 400

type answer struct {
	status int
	body   []byte
	at     time.Time
}

type gateway struct {
	mu     sync.Mutex
	recent map[string]*answer
	order  []string
}

func (g *gateway) handle(id string) *answer {
	a := &answer{status: 200, body: render(id), at: time.Now()}
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.order) >= maxRecent {
		delete(g.recent, g.order[0])
		g.order = append(g.order[:0], g.order[1:]...)
	}
	g.order = append(g.order, id)
	g.recent[id] = a
	return a
}

func render(id string) []byte {
	return bytes.Repeat([]byte(id), 80)
}

func main() {
	boot.Serve()
	g := &gateway{recent: make(map[string]*answer)}
	for n := 0; ; n++ {
		g.handle(fmt.Sprintf("req-%012d", n))
		if n%5 == 0 {
			time.Sleep(3 * time.Millisecond)
		}
	}
}
