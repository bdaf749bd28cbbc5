// A router that loads 400,000 routes in its first six seconds and needs all of them: the map is big, stays big and is
// full, with routes replaced in place.
package main

import (
	"fmt"
	"sync"
	"time"

	"example.com/zoo/internal/boot"
)

type prefix struct {
	network uint32
	length  uint8
}

type route struct {
	nextHop uint32
	metric  uint16
}

type router struct {
	sync.RWMutex
	routes map[prefix]route
}

func prefixOf(n int) prefix {
	return prefix{network: uint32(n) << 8, length: 24}
}

func (r *router) learn(from, count int) {
	r.Lock()
	defer r.Unlock()
	for n := from; n < from+count; n++ {
		r.routes[prefixOf(n)] = route{nextHop: uint32(n % 40), metric: 10}
	}
}

func (r *router) flap(n int) {
	r.Lock()
	defer r.Unlock()
	delete(r.routes, prefixOf(n))
	r.routes[prefixOf(n)] = route{nextHop: uint32(n % 39), metric: 20}
}

func (r *router) forward(n int) error {
	r.RLock()
	defer r.RUnlock()
	if _, ok := r.routes[prefixOf(n)]; !ok {
		return fmt.Errorf("no route to %v", prefixOf(n))
	}
	return nil
}

func main() {
	boot.Serve()
	r := &router{routes: make(map[prefix]route)}
	const total, part = 400_000, 4000
	go func() {
		for from := 0; from < total; from += part {
			r.learn(from, part)
			time.Sleep(60 * time.Millisecond)
		}
	}()
	lost := 0
	for n := 0; ; n = (n + 7) % total {
		if r.forward(n) != nil {
			lost++
		} else {
			r.flap(n)
		}
		time.Sleep(time.Millisecond)
	}
}
