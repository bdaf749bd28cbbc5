// A report renderer with pooled buffers: the reports get larger day by day, and each of the many busy renderers keeps a
// buffer of the largest size it ever saw, because buffers go back to the pool as they are.
package main

import (
	"bytes"
	"sync"
	"time"

	"example.com/zoo/internal/boot"
)

var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

func render(rows int) int {
	buf := buffers.Get().(*bytes.Buffer)
	buf.Reset()
	for i := 0; i < rows; i++ {
		buf.WriteString("2026-11-23;amount;12.50;EUR;booked\n") //leak:allocates
	}
	time.Sleep(60 * time.Millisecond)
	n := buf.Len()
	buffers.Put(buf) //leak:retains
	return n
}

func main() {
	boot.Serve()
	started := time.Now()
	for worker := range 48 {
		go func() {
			for {
				rows := 200 + 90*worker + int(time.Since(started).Milliseconds())/2
				render(rows)
			}
		}()
	}
	select {}
}
