// A print spooler: every 15 seconds a department sends a burst of 2000 pages within three seconds. The spool grows with
// the burst, is empty again some four seconds later, and waits for the next one.
package main

import (
	"bytes"
	"fmt"
	"sync"
	"time"

	"example.com/zoo/internal/boot"
)

type page struct {
	job, number int
	raster      []byte
}

type spool struct {
	sync.Mutex
	pages []page
}

func (s *spool) submit(p page) {
	s.Lock()
	defer s.Unlock()
	s.pages = append(s.pages, p)
}

func (s *spool) pop() (p page, ok bool) {
	s.Lock()
	defer s.Unlock()
	if len(s.pages) == 0 {
		s.pages = nil
		return page{}, false
	}
	p = s.pages[0]
	s.pages[0] = page{}
	s.pages = s.pages[1:]
	return p, true
}

func rasterize(job, number int) page {
	row := fmt.Appendf(nil, "job %d page %d |", job, number)
	return page{job, number, bytes.Repeat(row, 4096/len(row))}
}

func department(s *spool) {
	for job := 0; ; job++ {
		started := time.Now()
		for number := range 2000 {
			s.submit(rasterize(job, number))
			if number%7 == 6 {
				time.Sleep(10 * time.Millisecond)
			}
		}
		time.Sleep(15*time.Second - time.Since(started))
	}
}

func printer(s *spool) {
	ink := 0
	for {
		p, ok := s.pop()
		if !ok {
			time.Sleep(50 * time.Millisecond)
			continue
		}
		ink += bytes.Count(p.raster, []byte("|"))
		time.Sleep(3 * time.Millisecond)
	}
}

func main() {
	boot.Serve()
	s := new(spool)
	go department(s)
	printer(s)
}
