// A packet sampler: it stores the header of every hundredth packet for an audit that never comes. The header is the front
// of the receive buffer, so each one keeps its whole buffer.
package main

import (
	"encoding/binary"
	"time"

	"example.com/zoo/internal/boot"
)

const headerLen = 20

type audit struct{ headers [][]byte }

type receiver struct {
	seq   uint32
	trail *audit
}

func (r *receiver) read() []byte {
	buf := make([]byte, 9000) //leak:allocates
	binary.BigEndian.PutUint32(buf, r.seq)
	r.seq++
	return buf
}

func (r *receiver) poll() {
	packet := r.read()
	if header, ok := split(packet); ok && r.seq%10 == 0 {
		r.trail.keep(header)
	}
}

func split(packet []byte) ([]byte, bool) {
	if len(packet) < headerLen {
		return nil, false
	}
	return packet[:headerLen], true //leak:retains
}

func (a *audit) keep(header []byte) {
	a.headers = append(a.headers, header) //leak:retains
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
