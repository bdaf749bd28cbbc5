// The report renderer whose reports stay of one size and whose large buffers are not put back.
package main

import (
	"bytes"
	"sync"
	"time"

	"example.com/zoo/internal/boot"
)

var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

const largest = 64 << 10

func render(rows int) int {
	buf := buffers.Get().(*bytes.Buffer)
	buf.Reset()
	for i := 0; i < rows; i++ {
		buf.WriteString("2026-11-23;amount;12.50;EUR;booked\n")
	}
	time.Sleep(60 * time.Millisecond)
	n := buf.Len()
	if buf.Cap() <= largest {
		buffers.Put(buf)
	}
	return n
}

func main() {
	boot.Serve()
	for worker := 0; worker < 48; worker++ {
		go func() {
			for n := 0; ; n++ {
				render(200 + n%5*40)
			}
		}()
	}
	select {}
}
