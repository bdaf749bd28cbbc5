// An error reporter of a mail server: every failed delivery is noted for a daily summary that nobody ever resets.
package main

import (
	"errors"
	"fmt"
	"time"

	"example.com/zoo/internal/boot"
)

type failure struct {
	at      time.Time
	to      string
	cause   error
	excerpt []byte
}

var summary struct {
	failures []failure
	total    int
}

func deliver(n int) error {
	if n%3 == 0 {
		return fmt.Errorf("mailbox %d: %w", n, errors.New("over quota"))
	}
	return nil
}

func note(to string, body []byte, cause error) {
	excerpt := make([]byte, 2048) //leak:allocates
	copy(excerpt, body)
	f := failure{at: time.Now(), to: to, cause: cause, excerpt: excerpt}
	summary.failures = append(summary.failures, f) //leak:retains
	summary.total++
}

func main() {
	boot.Serve()
	body := []byte("Dear customer")
	for n := 0; ; n++ {
		if err := deliver(n); err != nil {
			note(fmt.Sprintf("user%d@example.net", n), body, err)
		}
		if n%4 == 0 {
			time.Sleep(2 * time.Millisecond)
		}
	}
}
