// Where the pages begin: served, or as a report file that carries its run.
import { render } from 'preact';
import type { CasesAnswer } from '../api/cases.ts';
import { apiPaths } from '../api/paths.ts';
import { savedRunId } from '../api/saved-run.ts';
import { App } from './app.tsx';
import { httpClient } from './client.ts';
import { Failed } from './parts/states.tsx';
import { readSavedRun } from './read-saved-run.ts';
import { savedClient } from './saved-client.ts';
import './style/base.css';
import './style/parts.css';
import './style/pictures.css';
import './style/finding.css';
import './style/tables.css';

const app = document.getElementById('app')!;
const saved = document.getElementById(savedRunId)?.textContent;
if (saved) void startSaved(saved);
else void startServed(forgetToken());

/** The first page is there before it is known whether somebody is still recording. */
async function startServed(caseId: string | undefined): Promise<void> {
  const client = httpClient({ caseId, live: false });
  render(<App client={client} />, app);
  const cases = await client.get<CasesAnswer>(apiPaths.cases).catch(() => undefined);
  if (cases === undefined) return;
  render(<App client={cases.live ? httpClient({ caseId, live: true }) : client} cases={cases} />, app);
}

async function startSaved(text: string): Promise<void> {
  try {
    render(<App client={savedClient(await readSavedRun(text))} cases={undefined} />, app);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    render(
      <Failed message={`This report cannot be shown: ${why}`} advice="Open it in a browser of 2023 or later." />,
      app,
    );
  }
}

/** It has become a cookie by now. Which recording is looked at stands before the `#`, where no link of a view changes it. */
function forgetToken(): string | undefined {
  const address = new URL(location.href);
  if (address.searchParams.has('token')) {
    address.searchParams.delete('token');
    history.replaceState(history.state, '', address);
  }
  return address.searchParams.get('case') ?? undefined;
}
