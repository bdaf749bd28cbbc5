// A translation cache: there are only so many phrases, so it fills for some seconds and then answers from memory.
package main

import (
	"bytes"
	"fmt"
	"time"

	"example.com/zoo/internal/boot"
)

type translator struct{ done map[string][]byte }

func (t *translator) translate(phrase string) []byte {
	if known, ok := t.done[phrase]; ok {
		return known
	}
	text := bytes.Repeat([]byte(phrase), 600)
	t.done[phrase] = text
	return text
}

func main() {
	boot.Serve()
	t := &translator{done: map[string][]byte{}}
	for n := 0; ; n++ {
		t.translate(fmt.Sprintf("phrase-%05d", n*7919%1500))
		time.Sleep(3 * time.Millisecond)
	}
}
