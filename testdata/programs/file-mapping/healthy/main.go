// A search service that maps a new index file after each rebuild. Readers switch to the new mapping; the old one is unmapped
// and its file deleted.
package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"example.com/zoo/internal/boot"
)

const indexBytes = 128 << 10

type index struct {
	path string
	data []byte
}

func openIndex(path string) (*index, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	data, err := syscall.Mmap(int(file.Fd()), 0, indexBytes, syscall.PROT_READ, syscall.MAP_SHARED)
	if err != nil {
		return nil, err
	}
	return &index{path: path, data: data}, nil
}

func (i *index) lookup(word []byte) int { return bytes.Count(i.data, word) }

func (i *index) close() error {
	if err := syscall.Munmap(i.data); err != nil {
		return err
	}
	return os.Remove(i.path)
}

func build(folder string, generation int) (string, error) {
	path := filepath.Join(folder, "index-"+strconv.Itoa(generation))
	words := bytes.Repeat([]byte(strconv.Itoa(generation)+" "), indexBytes)
	return path, os.WriteFile(path, words[:indexBytes], 0o600)
}

func main() {
	boot.Serve()
	folder, err := os.MkdirTemp("", "search-index-")
	if err != nil {
		panic(err)
	}
	var current *index
	for generation := 0; ; generation++ {
		path, err := build(folder, generation)
		if err != nil {
			panic(err)
		}
		next, err := openIndex(path)
		if err != nil {
			panic(err)
		}
		next.lookup([]byte("7"))
		if current != nil {
			current.close()
		}
		current = next
		time.Sleep(150 * time.Millisecond)
	}
}
