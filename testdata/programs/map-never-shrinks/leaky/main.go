// A load balancer that had a million connections in its table during a rush of one second. They are all gone and deleted,
// but a Go map keeps its buckets: the memory of the rush stays although a few hundred connections are left.
package main

import (
	"sync"
	"time"

	"example.com/zoo/internal/boot"
)

const (
	rush  = 1_000_000
	usual = 300
)

type connection struct {
	backend int32
	opened  int64
	bytes   int64
}

type table struct {
	mu    sync.Mutex
	conns map[uint64]connection
}

func newTable() *table {
	return &table{conns: make(map[uint64]connection)}
}

func (t *table) open(id uint64, backend int32) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.conns[id] = connection{backend: backend, opened: time.Now().Unix()} //leak:allocates //leak:retains
}

func (t *table) close(id uint64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.conns, id)
}

type balancer struct {
	table *table
	next  uint64
}

func (b *balancer) accept() uint64 {
	b.next++
	b.table.open(b.next, int32(b.next%16))
	return b.next
}

func (b *balancer) flashSale() {
	first := b.next + 1
	for n := range rush {
		b.accept()
		if n%50_000 == 0 {
			time.Sleep(20 * time.Millisecond)
		}
	}
	for id := first; id < first+rush; id++ {
		b.table.close(id)
	}
}

func (b *balancer) everyday() {
	for range time.Tick(5 * time.Millisecond) {
		id := b.accept()
		if id > usual {
			b.table.close(id - usual)
		}
	}
}

func main() {
	boot.Serve()
	b := &balancer{table: newTable()}
	b.flashSale()
	b.everyday()
}
