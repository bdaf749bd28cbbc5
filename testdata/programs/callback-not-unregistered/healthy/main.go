// The configuration service whose requests take their listener back when they end.
package main

import (
	"sync"
	"time"

	"example.com/zoo/internal/boot"
)

type settings map[string]string

type watcher struct {
	mu        sync.Mutex
	current   settings
	next      int
	listeners map[int]func(settings)
}

func (w *watcher) OnChange(f func(settings)) (cancel func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	id := w.next
	w.next++
	w.listeners[id] = f
	return func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		delete(w.listeners, id)
	}
}

type request struct {
	scratch []byte
	limit   string
}

func handle(w *watcher) int {
	r := &request{scratch: make([]byte, 8192)}
	cancel := w.OnChange(func(s settings) { r.limit = s["limit"] })
	defer cancel()
	return len(r.scratch)
}

func main() {
	boot.Serve()
	w := &watcher{current: settings{}, listeners: map[int]func(settings){}}
	for {
		handle(w)
		time.Sleep(8 * time.Millisecond)
	}
}
