// A saved run and the built pages → one HTML file that needs nothing else: no network, no server, no other file. The policy
// in it lets only its own script and style run, whatever names the program under test has made up.
import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { type SavedRun, savedRunId } from '../api/saved-run.ts';
import { KnownError } from '../base/errors.ts';
import type { Report } from '../report/report.ts';
import type { Page } from './read-pages.ts';

/** Throws KnownError when the pages are not those of this version. */
export function composeSavedPage(run: SavedRun, report: Report, pages: ReadonlyMap<string, Page>): string {
  const script = inScript(textOf(pages, '/app.js'));
  const style = textOf(pages, '/app.css').replaceAll('</', '<\\/');
  const icon = Buffer.from(pages.get('/icon.svg')?.bytes ?? new Uint8Array()).toString('base64');
  const policy = [
    "default-src 'none'",
    `script-src '${hashOf(script)}'`,
    `style-src '${hashOf(style)}'`,
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  const data = gzipSync(JSON.stringify(run), { level: 9 }).toString('base64');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="dark light">
<meta name="referrer" content="no-referrer">
<meta name="generator" content="leakline ${escapeHtml(report.tool.version)}">
<title>${escapeHtml(report.target.label)} · leakline</title>
<link rel="icon" href="data:image/svg+xml;base64,${icon}">
<style>${style}</style>
</head>
<body>
<div id="app"></div>
<noscript><h1>${escapeHtml(report.verdict)}: ${escapeHtml(report.target.label)}</h1><p>${escapeHtml(report.summary)}</p><p>The pages of this report are drawn by JavaScript.</p></noscript>
<script type="application/octet-stream" id="${savedRunId}">${data}</script>
<script type="module">${script}</script>
</body>
</html>
`;
}

function textOf(pages: ReadonlyMap<string, Page>, name: string): string {
  const page = pages.get(name);
  if (page === undefined)
    throw new KnownError('E-NO-PAGES', `the pages of the UI lack ${name.slice(1)}`, {
      advice: 'Run `npm run build`, or install leakline again.',
    });
  return Buffer.from(page.bytes).toString('utf8');
}

/** Inside of a script element only these end it, or begin what hides its end; in JavaScript they stand in strings alone. */
const inScript = (script: string): string => script.replace(/<(\/script|!--)/gi, '\\x3C$1');

const hashOf = (text: string): string => `sha256-${createHash('sha256').update(text).digest('base64')}`;

export function escapeHtml(text: string): string {
  const names: Readonly<Record<string, string>> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
  };
  return text.replace(/[&<>"']/g, (character) => names[character]!);
}
