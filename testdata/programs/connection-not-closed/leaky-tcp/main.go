// A chat server: each client gets a reader without a deadline, and clients that have gone silent are never hung up on. The
// clients are a process of their own (this program again), so that only the server's side of each connection is seen here.
package main

import (
	"bufio"
	"io"
	"net"
	"os"
	"os/exec"
	"time"

	"example.com/zoo/internal/boot"
)

type room struct{ lines chan string }

func (r *room) serve(l net.Listener) {
	for {
		conn, err := l.Accept() //leak:retains
		if err != nil {
			return
		}
		go r.talk(conn) //leak:spawns
	}
}

func (r *room) talk(conn net.Conn) {
	in := bufio.NewReaderSize(conn, 16<<10) //leak:allocates
	for {
		line, err := in.ReadString('\n') //leak:blocks
		if err != nil {
			return
		}
		select {
		case r.lines <- line:
		default:
		}
	}
}

// visit is the clients' process: everyone says hello and goes silent. It ends when the server's process ends.
func visit(addr string) {
	go func() {
		io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	var silent []net.Conn
	for {
		if conn, err := net.Dial("tcp", addr); err == nil {
			conn.Write([]byte("hello\n"))
			silent = append(silent, conn)
		}
		time.Sleep(25 * time.Millisecond)
	}
}

func main() {
	if len(os.Args) == 3 && os.Args[1] == "clients" {
		visit(os.Args[2])
	}
	boot.Serve()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	clients := exec.Command(os.Args[0], "clients", l.Addr().String())
	stdin, err := clients.StdinPipe()
	if err != nil {
		panic(err)
	}
	defer stdin.Close()
	if err := clients.Start(); err != nil {
		panic(err)
	}
	r := &room{lines: make(chan string, 16)}
	r.serve(l)
}
