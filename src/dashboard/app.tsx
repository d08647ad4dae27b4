/** The frame of the page: heading, navigation and the view that the address names. */
import { useIsFetching, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, type SubmitEvent } from 'react';
import { clock, plain } from './format.js';
import { AlertMark } from './overview/alerts.js';
import { pages } from './pages.js';
import { useAnswer } from './question.js';
import { go, Link, useAddress, withQuery } from './router.js';
import { useScope } from './scope.js';
import { USUAL, windows } from './span.js';
import { SessionPage } from './sessions/session.js';

/** The page: its head, and what its address names. */
export function App() {
  const address = useAddress();
  // `/sessions/` is `/sessions`.
  const path = address.pathname.replace(/(.)\/$/, '$1');
  const id = /^\/sessions\/([^/]+)$/.exec(path)?.[1];
  const known = pages.find((page) => page.path === path);
  const title =
    known?.title ?? (id === undefined ? 'Not found' : `Session ${plain(decoded(id).slice(0, 8))}`);
  useEffect(() => {
    document.title = `${title} · agent-telemetry`;
  }, [title]);
  const shown = useRef(path);
  // A screen reader goes on at the new page.
  useEffect(() => {
    if (shown.current !== path) document.getElementById('content')?.focus({ preventScroll: true });
    shown.current = path;
  }, [path]);
  return (
    <>
      <a className="skip" href="#content">
        Skip to the figures
      </a>
      <Head address={address} isWindowed={id === undefined} />
      <main id="content" tabIndex={-1}>
        {known !== undefined ? (
          <known.Page />
        ) : id !== undefined ? (
          <SessionPage id={decoded(id)} />
        ) : (
          <section className="state">
            <h1>Page not found</h1>
            <p>
              <Link href="/">To the overview</Link>
            </p>
          </section>
        )}
      </main>
      <footer>
        Money is USD at list price, also where a subscription pays. This page sends nothing anywhere.
      </footer>
    </>
  );
}

/** An id as it is encoded in an address; an invalid encoding names no session. */
function decoded(id: string): string {
  try {
    return decodeURIComponent(id);
  } catch {
    return id;
  }
}

function Head({ address, isWindowed }: { address: URL; isWindowed: boolean }) {
  const { span, isLive } = useScope();
  const queries = useQueryClient();
  const answeredAt = useAnsweredAt();
  const isAt = (path: string) =>
    path === '/' ? address.pathname === '/' : address.pathname.startsWith(path);
  // On a narrow screen the name of the page may be beyond the edge.
  const nav = useRef<HTMLElement>(null);
  useEffect(() => {
    const current = nav.current?.querySelector('[aria-current]');
    current?.scrollIntoView({ block: 'nearest', inline: 'center' });
  }, [address.pathname]);
  const keep = (path: string) => withQuery(new URL(`?${scopeOf(address)}`, address), path, {});
  return (
    <header>
      <div className="bar">
        <Link className="brand" href={keep('/')}>
          <img src="/icon.svg" alt="" width="22" height="22" />
          agent-telemetry
        </Link>
        <AlertMark href={keep('/alerts')} />
        {isWindowed && (
          <div className="controls">
            <ProjectSelect address={address} />
            <div className="segments" role="group" aria-label="Time">
              {Object.entries(windows).map(([name, { short, title }]) => (
                <button
                  key={name}
                  type="button"
                  aria-pressed={name === span.name}
                  title={title}
                  onClick={() =>
                    go(
                      withQuery(address, address.pathname, {
                        since: name === USUAL ? '' : name,
                        from: '',
                        to: '',
                      }),
                    )
                  }
                >
                  {short}
                </button>
              ))}
            </div>
            <Dates address={address} />
          </div>
        )}
        <button
          type="button"
          className="refresh"
          onClick={() => void queries.refetchQueries({ type: 'active' }, { cancelRefetch: false })}
          title="Refresh now"
        >
          <span className={isLive ? 'dot live' : 'dot'} aria-hidden="true" />
          <span>
            {isLive ? 'Live' : 'Not live'}
            {answeredAt > 0 && <span className="at"> · {clock(new Date(answeredAt))}</span>}
          </span>
          <span className="hidden">, ask again now</span>
        </button>
      </div>
      <nav aria-label="Pages" ref={nav}>
        {pages.map(({ path, title }) => (
          <Link key={path} href={keep(path)} aria-current={isAt(path) ? 'page' : undefined}>
            {title}
          </Link>
        ))}
      </nav>
      {isWindowed && span.problem !== null && (
        <p className="bar note" role="alert">
          {span.problem}
        </p>
      )}
    </header>
  );
}

/** Two dates, both included; nothing is asked before both are there. */
function Dates({ address }: { address: URL }) {
  const { first, last } = useScope().span.dates;
  const choose = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    const given = new FormData(event.currentTarget);
    const [from, to] = [given.get('first'), given.get('last')];
    if (typeof from !== 'string' || typeof to !== 'string') return;
    const [earlier, later] = from <= to ? [from, to] : [to, from];
    go(withQuery(address, address.pathname, { since: '', from: earlier, to: later }));
    event.currentTarget.closest('details')?.removeAttribute('open');
  };
  return (
    <details className={first === '' ? 'dates' : 'dates chosen'} key={`${first}/${last}`}>
      <summary>Dates …</summary>
      <form onSubmit={choose}>
        <label className="field">
          From <input type="date" name="first" required defaultValue={first} />
        </label>
        <label className="field">
          to <input type="date" name="last" required defaultValue={last} />
        </label>
        <button type="submit">Show</button>
      </form>
    </details>
  );
}

/** When the newest figures of the page came, milliseconds since 1970; 0 before the first. */
function useAnsweredAt(): number {
  const queries = useQueryClient();
  // The end of a question renders this again.
  useIsFetching();
  const shown = queries.getQueryCache().findAll({ type: 'active' });
  return Math.max(0, ...shown.map(({ state }) => state.dataUpdatedAt));
}

/** The query parameters that every page keeps: window and project. */
function scopeOf(address: URL): string {
  const kept = ['since', 'from', 'to', 'project'].flatMap((name) => {
    const value = address.searchParams.get(name);
    return value === null ? [] : [[name, value]];
  });
  return new URLSearchParams(kept).toString();
}

function ProjectSelect({ address }: { address: URL }) {
  const { span, asked, project } = useScope();
  const { data } = useAnswer(
    '/v1/analytics/cost',
    {
      key: [span.key],
      query: () => {
        const { from, to } = asked();
        return { from, to, group_by: 'project' };
      },
    },
    { isLive: false },
  );
  const known = data?.group_by === 'project' ? data.parts.map((part) => part.project_name) : [];
  // `unattributed` is no project, so it cannot be selected.
  const names = new Set([
    ...known.filter((name) => name !== 'unattributed'),
    ...(project === '' ? [] : [project]),
  ]);
  return (
    <label className="field">
      <span className="hidden">Project</span>
      <select
        value={project}
        onChange={({ target }) => go(withQuery(address, address.pathname, { project: target.value }))}
      >
        <option value="">All projects</option>
        {[...names].map((name) => (
          <option key={name} value={name}>
            {plain(name)}
          </option>
        ))}
      </select>
    </label>
  );
}
