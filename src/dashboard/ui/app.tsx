/** The dashboard in the browser: navigation, and the page that the address names. */
import { effect } from '@preact/signals';
import { render } from 'preact';
import { address, hrefOf, parseAddress } from './address.js';
import { keepListening } from './live/live.js';
import { LiveNote } from './live/live-note.js';
import { LivePage } from './live/live-page.js';
import { PlanPage } from './live/plan-page.js';
import { LoadPage, Loads } from './pages/loads.js';
import { Overview } from './pages/overview.js';
import { Query } from './pages/query.js';
import { TablePage } from './pages/table.js';
import { Tables } from './pages/tables.js';
import { Empty, FailureNote } from './parts/failure.js';
import { signIn } from './server.js';
import { failure, fileName, isStored, keepFresh, refresh, status, takeStored } from './state.js';

/** Pages that belong to one of the navigation. */
const PARTS_OF: Readonly<Record<string, string>> = { live: 'loads', load: 'loads' };
const PAGES = ['overview', 'tables', 'loads', 'query'] as const;

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
          {PAGES.filter((name) => name !== 'query' || !isStored.value).map((name) => (
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
  if (page === 'live' && !isStored.value) return <LivePage />;
  if (page === 'load' && !isStored.value) return <PlanPage />;
  if (known === undefined) return failure.value === undefined ? <p class="quiet">Reading …</p> : null;
  if (page === 'tables')
    return name === undefined ? <Tables status={known} /> : <TablePage status={known} name={name} />;
  if (page === 'loads') return name === undefined ? <Loads status={known} /> : <LoadPage id={name} />;
  if (page === 'query' && !isStored.value) return <Query />;
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
    keepFresh();
  }
} else
  render(
    <main>
      <Empty title="This address has no token." hint="Open the address that `xano dashboard` printed." />
    </main>,
    root,
  );
