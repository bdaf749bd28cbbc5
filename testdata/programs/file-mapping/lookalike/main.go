// A key-value store over one large memory-mapped file. Requests touch more and more of its pages: resident memory grows all
// the time, by page cache that the kernel takes back when memory is short.
package main

import (
	"os"
	"syscall"
	"time"

	"example.com/zoo/internal/boot"
)

const (
	storeBytes = 256 << 20
	pageBytes  = 4096
)

type store struct {
	data    []byte
	checked int
}

func open(path string) (*store, error) {
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	data, err := syscall.Mmap(int(file.Fd()), 0, storeBytes, syscall.PROT_READ, syscall.MAP_SHARED)
	return &store{data: data}, err
}

func (s *store) get(key int) byte {
	value := s.data[key*pageBytes%len(s.data)]
	s.checked += int(value)
	return value
}

func main() {
	boot.Serve()
	file, err := os.CreateTemp("", "store-*.db")
	if err != nil {
		panic(err)
	}
	if err := file.Truncate(storeBytes); err != nil {
		panic(err)
	}
	s, err := open(file.Name())
	if err != nil {
		panic(err)
	}
	os.Remove(file.Name())
	for key := 0; ; key++ {
		s.get(key)
		if key%8 == 0 {
			time.Sleep(10 * time.Millisecond)
		}
	}
}
