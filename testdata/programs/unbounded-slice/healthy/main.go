// The error reporter that writes its summary every two hundred failures and starts over.
package main

import (
	"errors"
	"fmt"
	"io"
	"time"

	"example.com/zoo/internal/boot"
)

type failure struct {
	at      time.Time
	to      string
	cause   error
	excerpt []byte
}

type reporter struct {
	failures []failure
	out      io.Writer
}

func (r *reporter) note(to string, body []byte, cause error) {
	excerpt := make([]byte, 2048)
	copy(excerpt, body)
	r.failures = append(r.failures, failure{at: time.Now(), to: to, cause: cause, excerpt: excerpt})
	if len(r.failures) >= 200 {
		r.flush()
	}
}

func (r *reporter) flush() {
	for _, f := range r.failures {
		fmt.Fprintln(r.out, f.at, f.to, f.cause)
	}
	clear(r.failures)
	r.failures = r.failures[:0]
}

func main() {
	boot.Serve()
	r := &reporter{out: io.Discard}
	body := []byte("Dear customer")
	for n := 0; ; n++ {
		r.note(fmt.Sprintf("user%d@example.net", n), body, errors.New("over quota"))
		time.Sleep(time.Millisecond)
	}
}
