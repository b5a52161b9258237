/** The dashboard in the browser: navigation, and the page that the address names. */
import { effect } from '@preact/signals';
import { render } from 'preact';
import { address, hrefOf, parseAddress } from './address.js';
import { isLoading, keepListening } from './live/live.js';
import { LiveNote } from './live/live-note.js';
import { Overview } from './pages/overview.js';
import { Tables } from './pages/tables.js';
import { Empty, FailureNote } from './parts/failure.js';
import { later } from './parts/later.js';
import { signIn } from './server.js';
import { failure, fileName, isStored, keepFresh, refresh, status, takeStored } from './state.js';

const PAGES = ['overview', 'tables', 'loads', 'history', 'query', 'diagram'] as const;
/** Pages that a file has as well: the others ask the server. */
const IN_FILES: readonly string[] = ['overview', 'tables', 'loads'];

const loads = later(async () => (await import('./pages/loads.js')).Loads);
const load_page = later(async () => (await import('./pages/load.js')).LoadPage);
const query = later(async () => (await import('./pages/query.js')).Query);
const table_page = later(async () => (await import('./pages/table.js')).TablePage);
const live_page = later(async () => (await import('./live/live-page.js')).LivePage);
const plan_page = later(async () => (await import('./live/plan-page.js')).PlanPage);
const history_page = later(async () => (await import('./pages/history.js')).History);
const diagram = later(async () => (await import('./pages/diagram.js')).Diagram);
/** The pages that load while nobody waits. */
const LATER = [table_page, loads, load_page, query, history_page, diagram, live_page, plan_page];
/** Pages that belong to one of the navigation. */
const PARTS_OF: Readonly<Record<string, string>> = { live: 'loads', load: 'loads' };

/** A file has some pages only; without a history there is nothing to show of one. */
function isShown(page: string): boolean {
  if (isStored.value) return IN_FILES.includes(page);
  return page !== 'history' || status.value?.tables.some(({ history }) => history !== undefined) === true;
}

function App() {
  const { page } = address.value;
  return (
    <>
      <button type="button" class="skip" onClick={() => document.getElementById('main')?.focus()}>
        Skip to the page
      </button>
      <header>
        <span class="brand">
          xano <span>{fileName.value}</span>
        </span>
        <nav aria-label="Pages">
          {PAGES.filter(isShown).map((name) => (
            <a
              key={name}
              href={hrefOf(name)}
              aria-current={(PARTS_OF[page] ?? page) === name ? 'page' : undefined}
            >
              {name}
            </a>
          ))}
        </nav>
        <LiveNote />
      </header>
      <main id="main" tabIndex={-1}>
        {failure.value === undefined || (page in PARTS_OF && status.value === undefined) ? null : (
          <FailureNote failure={failure.value} />
        )}
        <Page />
      </main>
    </>
  );
}

function Page() {
  const { page, name } = address.value;
  const known = status.value;
  // These need no loaded file: the first load makes one.
  if (page === 'live' && !isStored.value) return <live_page.Page />;
  if (page === 'load' && !isStored.value) return <plan_page.Page />;
  if (known === undefined) return failure.value === undefined ? <p class="quiet">Reading …</p> : null;
  if (page === 'tables')
    return name === undefined ? <Tables status={known} /> : <table_page.Page status={known} name={name} />;
  if (page === 'loads')
    return name === undefined ? <loads.Page status={known} /> : <load_page.Page id={name} />;
  if (page === 'query' && !isStored.value) return <query.Page />;
  if (page === 'history' && !isStored.value) return <history_page.Page status={known} />;
  if (page === 'diagram' && !isStored.value) return <diagram.Page />;
  return <Overview status={known} />;
}

const root = document.getElementById('page')!;
const follow = (): void => {
  address.value = parseAddress(location.hash);
};
const isFile = takeStored();
if (isFile || (await signIn())) {
  follow();
  addEventListener('hashchange', follow);
  effect(() => {
    const { page, name } = address.value;
    document.title = [name ?? page, fileName.value, 'xano'].filter((part) => part !== '').join(' · ');
  });
  render(<App />, root);
  if (!isFile) {
    keepListening();
    await refresh();
    // Tables change when a load has verified them, which its events tell.
    keepFresh(() => isLoading.value);
    for (const { prepare } of LATER) await prepare();
  }
} else
  render(
    <main>
      <Empty title="This address has no token." hint="Open the address that `xano dashboard` printed." />
    </main>,
    root,
  );
