// Package boot is what every program of the zoo has in common: pprof on a loopback port of the system's choice, told on
// the first line of standard output.
package boot

import (
	"fmt"
	"net"
	"net/http"
	_ "net/http/pprof"
	"os"
)

// Serve starts the pprof server, prints where it listens and returns the base URL. Handlers that the program registered
// on http.DefaultServeMux are served too.
func Serve() string {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	url := "http://" + listener.Addr().String()
	fmt.Printf("listening %s pid %d\n", url, os.Getpid())
	go http.Serve(listener, nil)
	return url
}
