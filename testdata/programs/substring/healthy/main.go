// The log indexer that copies the host name out of its page: the page is freed, and hosts are kept for an hour of pages
// at most (a bound that is reached after a second).
package main

import (
	"fmt"
	"strings"
	"time"

	"example.com/zoo/internal/boot"
)

type index struct {
	hosts []string
	known map[uint64]bool
}

func fetchPage(n int) string {
	var page strings.Builder
	fmt.Fprintf(&page, "host-%08d.example.net GET /status 200\n", n)
	for page.Len() < 6000 {
		page.WriteString("10.0.0.7 - - GET /healthz HTTP/1.1 200 17 curl/8.0\n")
	}
	return page.String()
}

func (ix *index) add(page string) {
	line, _, _ := strings.Cut(page, "\n")
	host := strings.Clone(line[:strings.IndexByte(line, 32)])
	id := hash(host)
	if ix.known[id] {
		return
	}
	ix.known[id] = true
	ix.hosts = append(ix.hosts, host)
	if len(ix.hosts) > 200 {
		delete(ix.known, hash(ix.hosts[0]))
		copy(ix.hosts, ix.hosts[1:])
		ix.hosts = ix.hosts[:200]
	}
}

func hash(s string) uint64 {
	h := uint64(14695981039346656037)
	for i := 0; i < len(s); i++ {
		h = (h ^ uint64(s[i])) * 1099511628211
	}
	return h
}

func main() {
	boot.Serve()
	ix := &index{known: map[uint64]bool{}}
	for n := 0; ; n++ {
		ix.add(fetchPage(n))
		time.Sleep(4 * time.Millisecond)
	}
}
