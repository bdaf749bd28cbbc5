// A service that interns metric names for a C library, which wants pointers that stay valid. Each name is copied once; there
// are 3000 of them, and all have been seen after a few seconds.
package main

/*
#include <stdlib.h>

static double total;

static void metric_add(const char *name, double value) {
	total += value + name[0];
}
*/
import "C"

import (
	"fmt"
	"strings"
	"time"

	"example.com/zoo/internal/boot"
)

const series = 3000

type metrics struct{ names map[string]*C.char }

func (m *metrics) add(name string, value float64) {
	copied, ok := m.names[name]
	if !ok {
		copied = C.CString(name)
		m.names[name] = copied
	}
	C.metric_add(copied, C.double(value))
}

func main() {
	boot.Serve()
	m := &metrics{names: make(map[string]*C.char)}
	labels := strings.Repeat(`zone="eu-west",`, 250)
	for n := 0; ; n++ {
		m.add(fmt.Sprintf("requests{%sshard=%d}", labels, n%series), 1)
		if n%2 == 0 {
			time.Sleep(3 * time.Millisecond)
		}
	}
}
