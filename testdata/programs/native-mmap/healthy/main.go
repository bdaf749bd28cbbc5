// A columnar store that maps anonymous memory for each segment that it loads, outside of the Go heap to spare the collector.
// A segment that is evicted is unmapped.
package main

import (
	"encoding/binary"
	"syscall"
	"time"

	"example.com/zoo/internal/boot"
)

const (
	segmentBytes = 64 << 10
	mostSegments = 16
)

type segment struct {
	number int
	column []byte
}

type store struct{ segments []*segment }

func load(number int) (*segment, error) {
	column, err := syscall.Mmap(-1, 0, segmentBytes, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		return nil, err
	}
	for row := 0; row+8 <= len(column); row += 8 {
		binary.LittleEndian.PutUint64(column[row:], uint64(number)*uint64(row))
	}
	return &segment{number: number, column: column}, nil
}

func (s *store) open(number int) error {
	loaded, err := load(number)
	if err != nil {
		return err
	}
	if len(s.segments) == mostSegments {
		if err := syscall.Munmap(s.segments[0].column); err != nil {
			return err
		}
		copy(s.segments, s.segments[1:])
		s.segments = s.segments[:mostSegments-1]
	}
	s.segments = append(s.segments, loaded)
	return nil
}

func main() {
	boot.Serve()
	s := &store{}
	for number := 0; ; number++ {
		if err := s.open(number); err != nil {
			panic(err)
		}
		time.Sleep(40 * time.Millisecond)
	}
}
