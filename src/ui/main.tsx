// Where the pages begin when the server serves them.
import { render } from 'preact';
import type { CasesAnswer } from '../api/cases.ts';
import { apiPaths } from '../api/paths.ts';
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
// Which recording is looked at stands before the `#`, where no link of a view changes it.
const caseId = address.searchParams.get('case') ?? undefined;
const cases = await httpClient({ caseId, live: false })
  .get<CasesAnswer>(apiPaths.cases)
  .catch(() => undefined);
const client = httpClient({ caseId, live: cases?.live ?? false });
render(<App client={client} cases={cases} />, document.getElementById('app')!);
