// Strings that were here: 64 MiB of them are collected, and one object with pointers of each size then lives where they were.
package main

import (
	"bufio"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
)

var kept [][]*int

//go:noinline
func fill() int {
	secrets := make([]string, 0, 1<<18)
	for i := 0; i < cap(secrets); i++ {
		secrets = append(secrets, strings.Repeat(fmt.Sprintf("secret %08d ", i), 16))
	}
	return len(secrets)
}

func printCount(secrets int) {
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	fmt.Printf("{\"objects\":%d,\"secrets\":%d,\"version\":%q}\n", stats.HeapObjects, secrets, runtime.Version())
}

func main() {
	made := fill()
	// The pages stay as they are: the runtime clears them when an object needs it.
	runtime.GC()
	runtime.GC()
	// Of sizes that fill their slots: what an object leaves of its slot is not cleared by every version.
	for _, words := range []int{1, 2, 3, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30, 32, 36, 40, 44, 48, 52, 56, 60, 64} {
		kept = append(kept, make([]*int, words))
	}
	debug.SetGCPercent(-1)
	printCount(made)
	printCount(made)
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		printCount(made)
	}
	runtime.KeepAlive(kept)
}
