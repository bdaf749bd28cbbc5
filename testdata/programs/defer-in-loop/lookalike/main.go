// A backup service that copies its files in batches of 250 and closes them by defer in the loop. The batch function
// returns every three seconds, closes all of them, and the memory is back where it was.
package main

import (
	"hash/adler32"
	"time"

	"example.com/zoo/internal/boot"
)

const batchFiles = 250

type file struct {
	id     int
	buffer []byte
	closed func(*file)
}

func (f *file) Close() {
	f.buffer = nil
	f.closed(f)
}

type volume struct {
	open int
	sums [batchFiles]uint32
}

func (v *volume) openFile(id int) *file {
	v.open++
	return &file{id: id, buffer: make([]byte, 16<<10), closed: func(*file) { v.open-- }}
}

func (v *volume) copyBatch(first int) (openAtOnce int) {
	for n := range batchFiles {
		f := v.openFile(first + n)
		defer f.Close()
		f.buffer[n] = byte(first)
		v.sums[n] = adler32.Checksum(f.buffer)
		time.Sleep(12 * time.Millisecond)
	}
	return v.open
}

func main() {
	boot.Serve()
	v := new(volume)
	peak := 0
	for batch := 0; ; batch++ {
		peak = max(peak, v.copyBatch(batch*batchFiles))
		if v.open != 0 {
			panic("files are still open")
		}
	}
}
