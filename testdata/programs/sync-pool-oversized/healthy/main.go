// An export server with 300 streams that take their buffers from a sync.Pool. A few exports are huge; the buffer they blew
// up is not put back, so the pool only ever holds small ones.
package main

import (
	"bytes"
	"fmt"
	"math/rand"
	"sync"
	"time"

	"example.com/zoo/internal/boot"
)

const (
	streams   = 300
	smallRows = 20
	hugeRows  = 9000
	hugeEvery = 250
	maxPooled = 16 << 10
)

type export struct {
	customer int
	rows     int
}

type exporter struct {
	buffers sync.Pool
}

func newExporter() *exporter {
	return &exporter{buffers: sync.Pool{New: func() any { return new(bytes.Buffer) }}}
}

func nextExport(stream int) export {
	e := export{customer: stream*1000 + rand.Intn(1000), rows: smallRows}
	if rand.Intn(hugeEvery) == 0 {
		e.rows = hugeRows
	}
	return e
}

func (x *exporter) run(e export) int {
	buf := x.buffers.Get().(*bytes.Buffer)
	buf.Reset()
	writeRows(buf, e)
	sent := send(buf)
	if buf.Cap() <= maxPooled {
		x.buffers.Put(buf)
	}
	return sent
}

func writeRows(buf *bytes.Buffer, e export) {
	for row := range e.rows {
		fmt.Fprintf(buf, "%d;%06d;delivered;%08d\n", e.customer, row, row*row%99999999)
	}
}

// send waits as long as a slow client takes to read the export; the buffer is in use until then.
func send(buf *bytes.Buffer) int {
	time.Sleep(time.Duration(200+rand.Intn(100)) * time.Millisecond)
	return buf.Len()
}

func main() {
	boot.Serve()
	x := newExporter()
	var all sync.WaitGroup
	for stream := range streams {
		all.Add(1)
		go func() {
			defer all.Done()
			for {
				x.run(nextExport(stream))
			}
		}()
	}
	all.Wait()
}
