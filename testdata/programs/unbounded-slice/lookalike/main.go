// A sensor recorder with a ring of the last readings: it fills for some seconds and then stays as it is.
package main

import (
	"time"

	"example.com/zoo/internal/boot"
)

type reading struct {
	at      time.Time
	samples []float64
}

type ring struct {
	readings []*reading
	next     int
	limit    int
}

func (r *ring) push(x *reading) {
	if len(r.readings) < r.limit {
		r.readings = append(r.readings, x)
		return
	}
	r.readings[r.next] = x
	r.next = (r.next + 1) % r.limit
}

func main() {
	boot.Serve()
	r := &ring{limit: 1200}
	for {
		r.push(&reading{at: time.Now(), samples: make([]float64, 1024)})
		time.Sleep(5 * time.Millisecond)
	}
}
