// Connections and files that are not closed, and HTTP transports that are made per call.
import type { Program } from '../../program.ts';
import { isTransport } from '../../resources.ts';
import { part, type Syntax, textOf } from '../../syntax.ts';
import { fateOfVariable } from '../fate-of-variable.ts';
import type { PackageFacts } from '../package-facts.ts';
import type { StaticHit, StaticRule } from '../static-rule.ts';
import { keptIn, whereOpen } from '../unreleased-resources.ts';

export const connectionNotClosed: StaticRule = {
  id: 'connection-not-closed',
  byDefault: true,
  examples: {
    leaks: [
      `import ("bufio"; "net")
func serve(l net.Listener) {
  for {
    conn, err := l.Accept() //want
    if err != nil { return }
    go talk(conn)
  }
}
func talk(conn net.Conn) {
  in := bufio.NewReader(conn)
  for {
    if _, err := in.ReadString('\\n'); err != nil { return }
  }
}`,
      `import (
	"errors"
	"os"
)

func read(name string) error {
	f, err := os.Open(name) //want
	if err != nil {
		return err
	}
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if info.IsDir() {
		return errors.New("a directory")
	}
	return f.Close()
}`,
      `import "net/http"

func deliver(url string) error {
	client := &http.Client{Transport: &http.Transport{MaxIdleConns: 2}} //want
	resp, err := client.Get(url)
	if err != nil {
		return err
	}
	return resp.Body.Close()
}`,
    ],
    fine: [
      `import (
	"io"
	"os"
)

func copyTo(name string, w io.Writer) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = io.Copy(w, f)
	return err
}`,
      `import (
	"bufio"
	"os"
)

func open(name string) (*bufio.Reader, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	return bufio.NewReader(f), nil
}`,
      `import "net"

type client struct{ conn net.Conn }

func dial(addr string) (*client, error) {
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		return nil, err
	}
	return &client{conn: conn}, nil
}`,
      `import "net/http"

var shared = &http.Client{Transport: &http.Transport{MaxIdleConns: 2}}

func newClient() *http.Client {
	t := &http.Transport{}
	return &http.Client{Transport: t}
}`,
      `import "os"

func print(name string) {
	out, isFile := os.Stdout, false
	if name != "" {
		out, _ = os.Create(name)
		isFile = true
	}
	out.WriteString("x")
	if isFile {
		out.Close()
	}
}`,
      `import "os"

func create(name string) (f *os.File, err error) {
	f, err = os.Create(name)
	if err != nil {
		return nil, err
	}
	if _, err = f.WriteString("x"); err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}`,
    ],
  },
  find: (facts) => [...kept(facts), ...transports(facts)],
};

function kept(facts: PackageFacts): readonly StaticHit[] {
  return keptIn(facts, ['connection', 'file']).map(({ call, acquisition, variable, exit }) => ({
    at: call,
    message: `${variable === '' || variable === '_' ? `the ${acquisition.kind}` : variable} ${whereOpen(exit, 'closed')}`,
    related:
      exit === undefined || exit.kind === 'end'
        ? []
        : [{ at: exit.node, message: `leaves with the ${acquisition.kind} open` }],
  }));
}

function transports(facts: PackageFacts): readonly StaticHit[] {
  const literals = [...facts.nodes('composite_literal'), ...facts.nodes('call_expression')].filter(isTransport);
  return literals.flatMap((at) => {
    const fn = facts.functionOf(at);
    if (fn === undefined || fn.outer !== undefined || /^(main|init|TestMain)$/.test(fn.name)) return [];
    if (/\bCloseIdleConnections\(\)/.test(textOf(fn.body)) || !staysInFunction(facts.program, at, 0)) return [];
    return [
      {
        at,
        message: 'a transport made per call keeps its idle connections, and nobody uses or closes them afterwards',
      },
    ];
  });
}

/** The literal ends up in local variables only (`t := …; c := &http.Client{Transport: t}`), and those are only used. */
function staysInFunction(program: Program, node: Syntax, depth: number): boolean {
  let at = node;
  while (
    at.parent !== undefined &&
    /^(keyed_element|literal_element|literal_value|composite_literal|unary_expression)$/.test(at.parent.kind)
  )
    at = at.parent;
  const list = at.parent;
  const declaration = list?.kind === 'expression_list' && list.field === 'right' ? list.parent : undefined;
  if (declaration?.kind !== 'short_var_declaration' || depth > 3) return false;
  const name = part(declaration, 'left')?.children[list!.children.indexOf(at)];
  const binding = name?.kind === 'identifier' ? program.bindingOf(program.fileOf(name), name) : undefined;
  if (binding === undefined) return false;
  const { handedOn } = fateOfVariable(program, binding, {
    kind: 'http-transport',
    result: 0,
    release: /^CloseIdleConnections$/,
  });
  return handedOn.every((use) => staysInFunction(program, use, depth + 1));
}
