// A configuration service: every request subscribes to changes to see fresh values, and none unsubscribes. The closure
// keeps the request's buffers.
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
	listeners []func(settings)
}

func (w *watcher) OnChange(f func(settings)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.listeners = append(w.listeners, f) //leak:registers
}

func (w *watcher) set(key, value string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.current[key] = value
	for _, f := range w.listeners {
		f(w.current)
	}
}

type request struct {
	scratch []byte
	limit   string
}

func handle(w *watcher) *request {
	r := &request{scratch: make([]byte, 8192)}            //leak:allocates
	w.OnChange(func(s settings) { r.limit = s["limit"] }) //leak:registers
	return r
}

func main() {
	boot.Serve()
	w := &watcher{current: settings{}}
	for n := 0; ; n++ {
		handle(w)
		if n%500 == 499 {
			w.set("limit", "10")
		}
		time.Sleep(8 * time.Millisecond)
	}
}
