// A log indexer: of each fetched log page it keeps only the host names that it has not seen before. A host name is a
// piece of the page's text, so each one keeps its whole page.
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
		page.WriteString("10.0.0.7 - - GET /healthz HTTP/1.1 200 17 curl/8.0\n") //leak:allocates
	}
	return page.String()
}

func (ix *index) add(page string) {
	line, _, _ := strings.Cut(page, "\n")
	host := line[:strings.IndexByte(line, ' ')] //leak:retains
	id := hash(host)
	if ix.known[id] {
		return
	}
	ix.known[id] = true
	ix.hosts = append(ix.hosts, host) //leak:retains
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
