// A crawler whose pool of workers grows with demand up to a bound, and then stays.
package main

import (
	"time"

	"example.com/zoo/internal/boot"
)

type pool struct {
	tasks   chan func()
	workers int
	limit   int
}

func (p *pool) submit(task func()) {
	select {
	case p.tasks <- task:
		return
	default:
	}
	if p.workers < p.limit {
		p.workers++
		go p.work()
	}
	p.tasks <- task
}

func (p *pool) work() {
	for task := range p.tasks {
		task()
	}
}

func main() {
	boot.Serve()
	p := &pool{tasks: make(chan func()), limit: 300}
	for {
		p.submit(func() { time.Sleep(2 * time.Second) })
		time.Sleep(10 * time.Millisecond)
	}
}
