// What the standard library's functions return, as far as value flow and resource tracking ask. By import path and
// name; a method by its name alone when its meaning is the same in every package that has it.

const exact: Readonly<Record<string, readonly string[]>> = {
  'io.ReadAll': ['[]byte', 'error'],
  'io/ioutil.ReadAll': ['[]byte', 'error'],
  'os.ReadFile': ['[]byte', 'error'],
  'os.Open': ['*os.File', 'error'],
  'os.Create': ['*os.File', 'error'],
  'os.OpenFile': ['*os.File', 'error'],
  'time.NewTicker': ['*time.Ticker'],
  'time.NewTimer': ['*time.Timer'],
  'time.AfterFunc': ['*time.Timer'],
  'time.After': ['<-chan time.Time'],
  'time.Tick': ['<-chan time.Time'],
  'context.WithCancel': ['context.Context', 'context.CancelFunc'],
  'context.WithCancelCause': ['context.Context', 'context.CancelCauseFunc'],
  'context.WithTimeout': ['context.Context', 'context.CancelFunc'],
  'context.WithDeadline': ['context.Context', 'context.CancelFunc'],
  'context.WithValue': ['context.Context'],
  'context.Background': ['context.Context'],
  'net.Dial': ['net.Conn', 'error'],
  'net.DialTimeout': ['net.Conn', 'error'],
  'net.Listen': ['net.Listener', 'error'],
  'crypto/tls.Dial': ['*tls.Conn', 'error'],
  'container/list.New': ['*list.List'],
  'net/http.Get': ['*http.Response', 'error'],
  'net/http.Post': ['*http.Response', 'error'],
  'net/http.PostForm': ['*http.Response', 'error'],
  'net/http.Head': ['*http.Response', 'error'],
  'net/http.NewRequest': ['*http.Request', 'error'],
  'net/http.NewRequestWithContext': ['*http.Request', 'error'],
  'database/sql.Open': ['*sql.DB', 'error'],
  'database/sql.OpenDB': ['*sql.DB'],
  'bufio.NewReader': ['*bufio.Reader'],
  'bufio.NewScanner': ['*bufio.Scanner'],
  'bytes.NewBuffer': ['*bytes.Buffer'],
  'bytes.NewReader': ['*bytes.Reader'],
  'strings.Split': ['[]string'],
  'strings.SplitN': ['[]string'],
  'strings.Fields': ['[]string'],
  'strings.NewReader': ['*strings.Reader'],
  'strings.Cut': ['string', 'string', 'bool'],
  'bytes.Split': ['[][]byte'],
  'bytes.Fields': ['[][]byte'],
  'bytes.Cut': ['[]byte', '[]byte', 'bool'],
};

/** Packages whose other functions nearly all return this. */
const byPackage: Readonly<Record<string, readonly string[]>> = {
  strings: ['string'],
  bytes: ['[]byte'],
  fmt: ['string'],
  strconv: ['string'],
};

const byMethod: Readonly<Record<string, readonly string[]>> = {
  'http.Client.Do': ['*http.Response', 'error'],
  'http.Client.Get': ['*http.Response', 'error'],
  'http.Client.Post': ['*http.Response', 'error'],
  'http.Client.PostForm': ['*http.Response', 'error'],
  'http.Client.Head': ['*http.Response', 'error'],
  'http.Transport.RoundTrip': ['*http.Response', 'error'],
  'http.RoundTripper.RoundTrip': ['*http.Response', 'error'],
  'http.Transport.Clone': ['*http.Transport'],
  'net.Listener.Accept': ['net.Conn', 'error'],
  'net.TCPListener.Accept': ['net.Conn', 'error'],
  'net.Dialer.Dial': ['net.Conn', 'error'],
  'net.Dialer.DialContext': ['net.Conn', 'error'],
  'sql.DB.Query': ['*sql.Rows', 'error'],
  'sql.DB.QueryContext': ['*sql.Rows', 'error'],
  'sql.DB.Prepare': ['*sql.Stmt', 'error'],
  'sql.DB.PrepareContext': ['*sql.Stmt', 'error'],
  'sql.DB.Begin': ['*sql.Tx', 'error'],
  'sql.DB.BeginTx': ['*sql.Tx', 'error'],
  'sql.DB.Conn': ['*sql.Conn', 'error'],
  'sql.Tx.Query': ['*sql.Rows', 'error'],
  'sql.Tx.QueryContext': ['*sql.Rows', 'error'],
  'sql.Tx.Prepare': ['*sql.Stmt', 'error'],
  'sql.Conn.QueryContext': ['*sql.Rows', 'error'],
  'sql.Conn.BeginTx': ['*sql.Tx', 'error'],
  'sql.Stmt.Query': ['*sql.Rows', 'error'],
  'sql.Stmt.QueryContext': ['*sql.Rows', 'error'],
  'bufio.Scanner.Text': ['string'],
  'bufio.Scanner.Bytes': ['[]byte'],
  'bufio.Reader.ReadString': ['string', 'error'],
  'bufio.Reader.ReadBytes': ['[]byte', 'error'],
  'bytes.Buffer.Bytes': ['[]byte'],
  'bytes.Buffer.String': ['string'],
  'strings.Builder.String': ['string'],
};

export function libraryResults(callee: string): readonly string[] | undefined {
  const dot = callee.lastIndexOf('.');
  return exact[callee] ?? byPackage[callee.slice(0, dot)];
}

/** `receiverType` without star: `http.Client`. */
export function libraryMethodResults(receiverType: string, method: string): readonly string[] | undefined {
  return byMethod[`${receiverType}.${method}`] ?? (method === 'String' ? ['string'] : undefined);
}
