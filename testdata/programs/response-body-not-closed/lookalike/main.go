// A dashboard that follows the event streams of its sites. The bodies stay open on purpose: a stream has no end. One site
// after the other is connected in the first seconds, and from then on the number of open bodies stays as it is.
package main

import (
	"bufio"
	"fmt"
	"net/http"
	"sync"
	"time"

	"example.com/zoo/internal/boot"
)

const sites = 40

type reading struct {
	site  int
	value string
}

type dashboard struct {
	mu     sync.Mutex
	latest map[int]string
	in     chan reading
}

func (d *dashboard) follow(base string, site int) error {
	resp, err := http.Get(fmt.Sprintf("%s/events?site=%d", base, site))
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	lines := bufio.NewScanner(resp.Body)
	for lines.Scan() {
		d.in <- reading{site: site, value: lines.Text()}
	}
	return lines.Err()
}

func (d *dashboard) collect() {
	for r := range d.in {
		d.mu.Lock()
		d.latest[r.site] = r.value
		d.mu.Unlock()
	}
}

func events(w http.ResponseWriter, r *http.Request) {
	beat := time.NewTicker(400 * time.Millisecond)
	defer beat.Stop()
	for n := 0; ; n++ {
		select {
		case <-r.Context().Done():
			return
		case <-beat.C:
			fmt.Fprintf(w, "power %d\n", 4000+n%17)
			w.(http.Flusher).Flush()
		}
	}
}

func main() {
	http.HandleFunc("/events", events)
	base := boot.Serve()
	d := &dashboard{latest: make(map[int]string), in: make(chan reading, 16)}
	go d.collect()
	for site := 0; site < sites; site++ {
		go d.follow(base, site)
		time.Sleep(150 * time.Millisecond)
	}
	select {}
}
