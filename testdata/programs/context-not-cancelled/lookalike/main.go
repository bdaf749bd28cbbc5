// A ferry booking: each enquiry gets a context with a timeout of four seconds, and cancel is left to the timeout. The
// contexts pile up for four seconds; from then on as many end as begin.
package main

import (
	"context"
	"time"

	"example.com/zoo/internal/boot"
)

type key struct{}

type enquiry struct {
	route string
	seats int
	notes [400]byte
}

type harbour struct {
	ctx  context.Context
	free map[string]int
}

func (h *harbour) begin(route string, seats int) context.Context {
	ctx, cancel := context.WithTimeout(h.ctx, 4*time.Second)
	context.AfterFunc(ctx, cancel)
	return context.WithValue(ctx, key{}, &enquiry{route: route, seats: seats})
}

func (h *harbour) book(ctx context.Context) bool {
	e := ctx.Value(key{}).(*enquiry)
	if ctx.Err() != nil || h.free[e.route] < e.seats {
		return false
	}
	h.free[e.route] -= e.seats
	return true
}

func main() {
	boot.Serve()
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	h := &harbour{ctx: ctx, free: map[string]int{"north": 9000, "south": 9000}}
	routes := []string{"north", "south"}
	for n := 0; ; n++ {
		h.book(h.begin(routes[n%2], 1+n%4))
		if n%4 == 0 {
			time.Sleep(2 * time.Millisecond)
		}
	}
}
