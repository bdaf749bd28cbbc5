// A dashboard server: every page view subscribes to the exchange rates for as long as the view lasts, and ends its
// subscription when the view ends.
package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"example.com/zoo/internal/boot"
)

type listener func(pair string, rate float64)

type rates struct {
	mu        sync.Mutex
	nextID    int
	listeners map[int]listener
}

func (r *rates) onChange(l listener) (cancel func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	id := r.nextID
	r.nextID++
	r.listeners[id] = l
	return func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		delete(r.listeners, id)
	}
}

func (r *rates) publish(pair string, rate float64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, l := range r.listeners {
		l(pair, rate)
	}
}

type view struct {
	mu     sync.Mutex
	user   string
	quotes map[string]float64
	canvas []byte
}

func newView(user string) *view {
	return &view{
		user:   user,
		quotes: make(map[string]float64),
		canvas: bytes.Repeat([]byte{' '}, 12<<10),
	}
}

func (v *view) update(pair string, rate float64) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.quotes[pair] = rate
}

func (v *view) render(w io.Writer) {
	v.mu.Lock()
	defer v.mu.Unlock()
	n := copy(v.canvas, fmt.Sprintf("hello %s, %d quotes\n", v.user, len(v.quotes)))
	w.Write(v.canvas[:n])
}

func dashboard(r *rates) http.HandlerFunc {
	return func(w http.ResponseWriter, req *http.Request) {
		v := newView(req.URL.Query().Get("user"))
		cancel := r.onChange(v.update)
		defer cancel()
		v.render(w)
	}
}

func main() {
	r := &rates{listeners: make(map[int]listener)}
	http.HandleFunc("/dashboard", dashboard(r))
	base := boot.Serve()
	go func() {
		for n := 0; ; n++ {
			r.publish("EUR/USD", 1.08+float64(n%9)/1000)
			time.Sleep(500 * time.Millisecond)
		}
	}()
	for n := 0; ; n++ {
		if resp, err := http.Get(fmt.Sprintf("%s/dashboard?user=u%d", base, n)); err == nil {
			io.Copy(io.Discard, resp.Body)
			resp.Body.Close()
		}
		time.Sleep(9 * time.Millisecond)
	}
}
