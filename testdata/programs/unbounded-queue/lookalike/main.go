// A nightly import: it queues a burst of rows at once and works it off within some seconds.
package main

import (
	"container/list"
	"sync"
	"time"

	"example.com/zoo/internal/boot"
)

type row struct{ columns [512]int64 }

type backlog struct {
	mu   sync.Mutex
	rows *list.List
}

func (b *backlog) push(r *row) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.rows.PushBack(r)
}

func (b *backlog) pop() *row {
	b.mu.Lock()
	defer b.mu.Unlock()
	front := b.rows.Front()
	if front == nil {
		return nil
	}
	return b.rows.Remove(front).(*row)
}

func main() {
	boot.Serve()
	b := &backlog{rows: list.New()}
	time.Sleep(2 * time.Second)
	for i := 0; i < 4000; i++ {
		b.push(&row{})
	}
	for {
		b.pop()
		time.Sleep(2 * time.Millisecond)
	}
}
