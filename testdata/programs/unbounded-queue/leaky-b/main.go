// A thumbnail service: uploads arrive faster than the one worker scales them, and the queue between them has no bound.
package main

import (
	"sync"
	"time"

	"example.com/zoo/internal/boot"
)

type upload struct {
	name   string
	pixels []byte
}

type jobs struct {
	mu      sync.Mutex
	waiting []*upload
	wake    *sync.Cond
}

func newJobs() *jobs {
	j := &jobs{}
	j.wake = sync.NewCond(&j.mu)
	return j
}

func (j *jobs) put(u *upload) {
	j.mu.Lock()
	j.waiting = append(j.waiting, u) //leak:retains
	j.mu.Unlock()
	j.wake.Signal()
}

func (j *jobs) take() *upload {
	j.mu.Lock()
	defer j.mu.Unlock()
	for len(j.waiting) == 0 {
		j.wake.Wait()
	}
	u := j.waiting[0]
	j.waiting[0] = nil
	j.waiting = j.waiting[1:]
	return u
}

func receive(name string) *upload {
	return &upload{name: name, pixels: make([]byte, 12_000)} //leak:allocates
}

func scale(u *upload) int {
	time.Sleep(20 * time.Millisecond)
	return len(u.pixels) / 4
}

func main() {
	boot.Serve()
	j := newJobs()
	go func() {
		for {
			scale(j.take())
		}
	}()
	for {
		j.put(receive("cat.jpg"))
		time.Sleep(8 * time.Millisecond)
	}
}
