// A postcode directory that is loaded sheet by sheet during the first six seconds. Its rows are substrings of the sheets
// on purpose: nearly every byte of a sheet is used, and after the last sheet nothing is added.
package main

import (
	"fmt"
	"strings"
	"sync"
	"time"

	"example.com/zoo/internal/boot"
)

const (
	sheetCount   = 12
	rowsPerSheet = 8000
)

type place struct {
	code, town string
}

type directory struct {
	mu     sync.RWMutex
	places []place
}

func readSheet(number int) string {
	var sheet strings.Builder
	sheet.Grow(rowsPerSheet * 32)
	for row := range rowsPerSheet {
		fmt.Fprintf(&sheet, "%02d%05d;Town of the river %06d\n", number, row, row*7)
	}
	return sheet.String()
}

func (d *directory) load(sheet string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for len(sheet) > 0 {
		line, rest, _ := strings.Cut(sheet, "\n")
		code, town, _ := strings.Cut(line, ";")
		d.places = append(d.places, place{code, town})
		sheet = rest
	}
}

func (d *directory) lookup(n int) (place, bool) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	if len(d.places) == 0 {
		return place{}, false
	}
	return d.places[n%len(d.places)], true
}

func answer(d *directory, n int) string {
	p, ok := d.lookup(n)
	if !ok {
		return "not loaded yet"
	}
	return p.town + " (" + p.code + ")"
}

func main() {
	boot.Serve()
	d := &directory{places: make([]place, 0, sheetCount*rowsPerSheet)}
	go func() {
		for number := range sheetCount {
			d.load(readSheet(number))
			time.Sleep(500 * time.Millisecond)
		}
	}()
	longest := 0
	for n := 0; ; n += 7919 {
		longest = max(longest, len(answer(d, n)))
		time.Sleep(2 * time.Millisecond)
	}
}
