// A small Go service that leaks, built for the capture tests: bytes per tick and goroutines per tick by flags, with an
// optional user, certificate, path prefix, delay and expvar.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

export const hasGo = spawnSync('go', ['version']).status === 0;

const program = `package main

import (
	"crypto/tls"
	"flag"
	"fmt"
	"net"
	"net/http"
	"net/http/pprof"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"
)

var kept [][]byte

func leak(n int) {
	kept = append(kept, make([]byte, n))
}

func main() {
	addr := flag.String("addr", "127.0.0.1:0", "")
	user := flag.String("user", "", "")
	prefix := flag.String("prefix", "", "")
	delay := flag.Duration("delay", 0, "")
	dieAfter := flag.Duration("die-after", 0, "")
	cert := flag.String("cert", "", "")
	warm := flag.Int("warm", 0, "")
	flag.Parse()
	for i := 0; i < *warm; i++ {
		leak(1 << 20)
	}
	go func() {
		for range time.Tick(10 * time.Millisecond) {
			leak(64 << 10)
			go func() { select {} }()
		}
	}()
	if *dieAfter > 0 {
		time.AfterFunc(*dieAfter, func() { os.Exit(3) })
	}
	mux := http.NewServeMux()
	mux.HandleFunc(*prefix+"/debug/pprof/", func(w http.ResponseWriter, r *http.Request) {
		time.Sleep(*delay)
		r.URL.Path = strings.TrimPrefix(r.URL.Path, *prefix)
		if u, p, _ := r.BasicAuth(); *user != "" && u+":"+p != *user {
			w.WriteHeader(401)
			return
		}
		if strings.HasSuffix(r.URL.Path, "/cmdline") {
			pprof.Cmdline(w, r)
			return
		}
		pprof.Index(w, r)
	})
	listener, err := net.Listen("tcp", *addr)
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Printf("listening on %d\\n", listener.Addr().(*net.TCPAddr).Port)
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM)
	go func() {
		<-stop
		fmt.Println("stopping")
		os.Exit(0)
	}()
	if *cert != "" {
		pair, err := tls.LoadX509KeyPair(*cert+".crt", *cert+".key")
		if err != nil {
			panic(err)
		}
		listener = tls.NewListener(listener, &tls.Config{Certificates: []tls.Certificate{pair}})
	}
	panic(http.Serve(listener, mux))
}
`;

/** Builds the program once a test file; returns its path. */
export function buildServer(): string {
  const directory = mkdtempSync(path.join(tmpdir(), 'leakline-capture-'));
  const source = path.join(directory, 'svc');
  mkdirSync(source);
  writeFileSync(path.join(source, 'main.go'), program);
  writeFileSync(path.join(source, 'go.mod'), 'module example.com/svc\n\ngo 1.23\n');
  execFileSync('go', ['build', '-o', path.join(directory, 'server'), '.'], {
    cwd: source,
    env: { ...process.env, GOFLAGS: '-buildvcs=false' },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  return path.join(directory, 'server');
}

export interface RunningServer {
  readonly pid: number;
  readonly port: number;
  readonly url: string;
  stop(): Promise<void>;
}

/** Starts it and waits for the line that names its port. */
export async function startServer(binary: string, args: readonly string[] = []): Promise<RunningServer> {
  const child = spawn(binary, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const port = await new Promise<number>((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`the server ended with ${code}`)));
    child.stdout.on('data', (chunk: Buffer) => {
      const match = /listening on (\d+)/.exec(chunk.toString());
      if (match !== null) resolve(Number(match[1]));
    });
  });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  return {
    pid: child.pid!,
    port,
    url: `http://127.0.0.1:${port}`,
    async stop() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

/** A self-signed certificate for localhost as PREFIX.crt and PREFIX.key; undefined without openssl. */
export function makeCertificate(directory: string): string | undefined {
  const prefix = path.join(directory, 'tls');
  spawnSync('openssl', [
    ...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=localhost'],
    ...['-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'],
    ...['-keyout', `${prefix}.key`, '-out', `${prefix}.crt`],
  ]);
  return existsSync(`${prefix}.crt`) ? prefix : undefined;
}
