// The packet sampler that copies the header and keeps the last thousand: the buffers are freed.
package main

import (
	"bytes"
	"encoding/binary"
	"time"

	"example.com/zoo/internal/boot"
)

const (
	headerLen = 20
	trailLen  = 1000
)

type audit struct {
	headers [trailLen][]byte
	next    int
}

type receiver struct {
	seq   uint32
	trail *audit
}

func (r *receiver) read() []byte {
	buf := make([]byte, 9000)
	binary.BigEndian.PutUint32(buf, r.seq)
	r.seq++
	return buf
}

func (r *receiver) poll() {
	packet := r.read()
	if len(packet) >= headerLen && r.seq%10 == 0 {
		r.trail.keep(bytes.Clone(packet[:headerLen]))
	}
}

func (a *audit) keep(header []byte) {
	a.headers[a.next%trailLen] = header
	a.next++
}

func main() {
	boot.Serve()
	r := &receiver{trail: &audit{}}
	for {
		for i := 0; i < 5; i++ {
			r.poll()
		}
		time.Sleep(4 * time.Millisecond)
	}
}
