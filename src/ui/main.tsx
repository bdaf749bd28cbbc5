// Where the pages begin when the server serves them.
import { render } from 'preact';
import { App } from './app.tsx';
import { httpClient } from './client.ts';
import './style/base.css';
import './style/parts.css';
import './style/pictures.css';
import './style/finding.css';
import './style/tables.css';

// The token has become a cookie by now; an address that is shown or shared must not hold it.
const address = new URL(location.href);
if (address.searchParams.has('token')) {
  address.searchParams.delete('token');
  history.replaceState(history.state, '', address);
}
render(<App client={httpClient()} />, document.getElementById('app')!);
