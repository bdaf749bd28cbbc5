// A small Go service for the tests of the recorder: on a port that is given, keeping so many bytes every 10 ms, or none.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';

const program = `package main

import (
	"flag"
	"fmt"
	"net"
	"net/http"
	_ "net/http/pprof"
	"time"
)

var kept = map[int][]byte{}

func remember(n, size int) {
	b := make([]byte, size)
	for i := range b {
		b[i] = byte(i)
	}
	kept[n] = b
}

func main() {
	addr := flag.String("addr", "127.0.0.1:0", "")
	leak := flag.Int("leak", 0, "bytes every 10 ms")
	flag.Parse()
	listener, err := net.Listen("tcp", *addr)
	if err != nil {
		panic(err)
	}
	fmt.Printf("listening %d\\n", listener.Addr().(*net.TCPAddr).Port)
	go http.Serve(listener, nil)
	for n := 0; ; n++ {
		if *leak > 0 {
			remember(n, *leak)
		} else {
			remember(n%64, 4096)
		}
		time.Sleep(10 * time.Millisecond)
	}
}
`;

/** Builds it into a folder; returns its path. */
export function buildWatchProgram(folder: string): string {
  const source = path.join(folder, 'svc');
  mkdirSync(source);
  writeFileSync(path.join(source, 'main.go'), program);
  writeFileSync(path.join(source, 'go.mod'), 'module example.com/svc\n\ngo 1.23\n');
  const binary = path.join(folder, 'service');
  execFileSync('go', ['build', '-buildvcs=false', '-o', binary, '.'], {
    cwd: source,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  return binary;
}

export interface Service {
  readonly pid: number;
  readonly port: number;
  stop(): Promise<void>;
}

/** `wrap` runs it through another program, which must replace itself with it. */
export async function startService(
  binary: string,
  args: readonly string[],
  wrap: readonly string[] = [],
): Promise<Service> {
  const [first = binary, ...rest] = [...wrap, binary, ...args];
  const child: ChildProcess = spawn(first, rest, { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const port = await new Promise<number>((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`the service ended with ${code}`)));
    child.stdout?.on('data', (chunk: Buffer) => {
      const match = /listening (\d+)/.exec(chunk.toString());
      if (match !== null) resolve(Number(match[1]));
    });
  });
  return {
    pid: child.pid!,
    port,
    async stop() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return port;
}
