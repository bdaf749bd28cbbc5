// A chat server: each client gets a reader without a deadline, and clients that have gone silent are never hung up on.
package main

import (
	"bufio"
	"net"
	"time"

	"example.com/zoo/internal/boot"
)

type room struct{ lines chan string }

func (r *room) serve(l net.Listener) {
	for {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		go r.talk(conn) //leak:spawns
	}
}

func (r *room) talk(conn net.Conn) {
	in := bufio.NewReader(conn)
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

func main() {
	boot.Serve()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	r := &room{lines: make(chan string, 16)}
	go r.serve(l)
	silent := make([]net.Conn, 0, 4096)
	for {
		conn, err := net.Dial("tcp", l.Addr().String())
		if err == nil {
			conn.Write([]byte("hello\n"))
			silent = append(silent, conn)
		}
		time.Sleep(40 * time.Millisecond)
	}
}
