/**
 * The pages of the dashboard as one file, without a server.
 * In: a status. Out: HTML that holds the program of the pages and what they show, and requests nothing.
 */
import { createHash } from 'node:crypto';
import { openStore, XanoError } from '../index.js';
import type { SessionContext } from '../session/context.js';
import type { StatusQuestion, StatusReport } from '../session/status-report.js';
import type { StoredAnswers } from './answers.js';
import { readPageFiles } from './page-files.js';
import { readReports } from './read-reports.js';

/** Load reports in the file: as many as the pages of the dashboard ask for. */
const REPORTS = 30;

/** Makes the file of a status. Throws what `Store.schema` throws. */
export async function readReportPage(
  status: StatusReport,
  { to, place }: Pick<StatusQuestion, 'to' | 'place'>,
  context: SessionContext,
): Promise<string> {
  const store = await openStore(to, place);
  try {
    const tables = await store.schema({ sleep: context.sleep });
    const reports = await readReports(store, { limit: REPORTS, offset: 0 }, context);
    return pageOf({
      status,
      reports,
      schema: { instance: null, workspace: null, file: store.label, tables },
    });
  } finally {
    await store.close();
  }
}

function pageOf(stored: StoredAnswers): string {
  const files = readPageFiles();
  const textOf = (path: string): string => {
    const file = files.get(path);
    if (file === undefined) throw new XanoError('BUG', `The dashboard has no ${path}.`);
    return new TextDecoder().decode(file.content);
  };
  const style = textOf('/app.css');
  // In a text of JavaScript the backslash changes nothing; in HTML it keeps the element open.
  const script = textOf('/report.js').replaceAll('</script', '<\\/script');
  const policy = `default-src 'none'; script-src ${hashOf(script)}; style-src ${hashOf(style)}; img-src data:; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'`;
  // No value can end the element, or begin a comment in it.
  const data = JSON.stringify(stored).replaceAll('<', '\\u003c');
  return [
    '<!doctype html>',
    '<html lang="en">',
    '<meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="${policy}">`,
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    '<meta name="color-scheme" content="light dark">',
    '<title>xano</title>',
    '<link rel="icon" href="data:,">',
    `<style>${style}</style>`,
    '<div id="page"></div>',
    '<noscript>This page needs JavaScript. In a terminal, xano status prints the same.</noscript>',
    `<script type="application/json" id="stored">${data}</script>`,
    `<script type="module">${script}</script>`,
    '</html>',
  ].join('\n');
}

const hashOf = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
