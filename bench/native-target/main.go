// A thread that is busy: each operation computes a while and calls C code that allocates and frees, so that untraced it
// makes about 50,000 allocations a second. Once a second it prints `operations N cpu SECONDS` of that thread: operations per
// second of its own CPU time tell the slowdown whatever else the machine does.
package main

/*
#include <stdlib.h>
#include <string.h>

__attribute__((noinline)) void use(int pairs) {
	for (int i = 0; i < pairs; i++) {
		char *p = malloc(64 + i);
		p[0] = 1;
		__asm__ volatile("" : : "r"(p) : "memory");
		free(p);
	}
}
*/
import "C"

import (
	"flag"
	"fmt"
	"runtime"
	"syscall"
	"time"
)

var sink uint64

//go:noinline
func compute(rounds int) {
	x := sink | 1
	for range rounds {
		x ^= x << 13
		x ^= x >> 7
		x ^= x << 17
	}
	sink = x
}

const rusageThread = 1

func cpuSeconds() float64 {
	var usage syscall.Rusage
	if err := syscall.Getrusage(rusageThread, &usage); err != nil {
		panic(err)
	}
	seconds := func(t syscall.Timeval) float64 { return float64(t.Sec) + float64(t.Usec)/1e6 }
	return seconds(usage.Utime) + seconds(usage.Stime)
}

func main() {
	pairs := flag.Int("pairs", 1, "allocations in one call of C")
	rate := flag.Float64("rate", 50_000, "allocations in a second of CPU time, untraced")
	flag.Parse()
	runtime.LockOSThread()
	rounds := 1000
	for range 6 { // calibrate against this machine
		before := cpuSeconds()
		operations := 0
		for cpuSeconds()-before < 0.2 {
			for range 100 {
				compute(rounds)
				C.use(C.int(*pairs))
				operations++
			}
		}
		perOperation := (cpuSeconds() - before) / float64(operations)
		rounds = max(1, int(float64(rounds)*float64(*pairs) / *rate / perOperation))
	}
	fmt.Println("ready")
	for {
		before, end := cpuSeconds(), time.Now().Add(time.Second)
		operations := 0
		for time.Now().Before(end) {
			for range 20 {
				compute(rounds)
				C.use(C.int(*pairs))
				operations++
			}
		}
		fmt.Printf("operations %d cpu %.4f\n", operations, cpuSeconds()-before)
	}
}
