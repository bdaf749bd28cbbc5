// A login service that sends one-time codes: each code is forgotten by a timer after five seconds, with the page that was
// drawn for it. So it grows for five seconds, and from then on as many go as come.
package main

import (
	"bytes"
	"fmt"
	"sync/atomic"
	"time"

	"example.com/zoo/internal/boot"
)

type code struct {
	digits string
	page   []byte
	used   atomic.Bool
}

type login struct {
	pending atomic.Int64
	expired atomic.Int64
}

func drawPage(digits string) []byte {
	return bytes.Repeat([]byte("<p>"+digits+"</p>"), 600)
}

func (l *login) issue(n int) *code {
	digits := fmt.Sprintf("%06d", n%1_000_000)
	c := &code{digits: digits, page: drawPage(digits)}
	l.pending.Add(1)
	time.AfterFunc(5*time.Second, func() { l.forget(c) })
	return c
}

func (l *login) forget(c *code) {
	l.pending.Add(-1)
	if !c.used.Load() {
		l.expired.Add(1)
	}
	c.page = nil
}

func (l *login) confirm(c *code, digits string) bool {
	return c.digits == digits && c.used.CompareAndSwap(false, true)
}

func main() {
	boot.Serve()
	l := &login{}
	for n := 0; ; n++ {
		c := l.issue(n)
		if n%3 > 0 {
			l.confirm(c, c.digits)
		}
		time.Sleep(7 * time.Millisecond)
	}
}
