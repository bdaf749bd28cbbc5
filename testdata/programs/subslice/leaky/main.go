// A network probe that remembers the first bytes of what was sent to each port. The signature is a sub-slice of the
// reassembled segment, so 16 bytes in the port table keep 24 KB alive.
package main

import (
	"encoding/binary"
	"math/rand"
	"time"

	"example.com/zoo/internal/boot"
)

const (
	segmentSize   = 24 << 10
	signatureSize = 16
)

type segment struct {
	port    uint16
	payload []byte
}

type portInfo struct {
	hits      uint64
	signature []byte
}

type probe struct {
	ports [65536]portInfo
}

// capture stands in for the packet socket: it reassembles segments and hands them on.
func capture(out chan<- segment) {
	var port uint16
	for range time.Tick(15 * time.Millisecond) {
		port += 7
		out <- reassemble(port)
		out <- reassemble(443)
	}
}

func reassemble(port uint16) segment {
	payload := make([]byte, segmentSize) //leak:allocates
	for at := 0; at < segmentSize; at += 1400 {
		binary.BigEndian.PutUint32(payload[at:], rand.Uint32())
	}
	return segment{port: port, payload: payload}
}

func (s segment) head() []byte {
	return s.payload[:signatureSize]
}

func (p *probe) observe(s segment) {
	info := &p.ports[s.port]
	info.hits++
	p.remember(info, s.head())
}

func (p *probe) remember(info *portInfo, signature []byte) {
	info.signature = signature //leak:retains
}

func (p *probe) busiest() (best int) {
	for port := range p.ports {
		if p.ports[port].hits > p.ports[best].hits {
			best = port
		}
	}
	return best
}

func main() {
	boot.Serve()
	segments := make(chan segment, 8)
	go capture(segments)
	p := new(probe)
	report := time.NewTicker(5 * time.Second)
	for {
		select {
		case s := <-segments:
			p.observe(s)
		case <-report.C:
			p.busiest()
		}
	}
}
