/** Shows the state of an answer: loading, failed, empty or here. */
import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { AskError } from '../ask.js';

/** Shows an answer, or that it is loading, or why it failed. */
export function Answer<T>({
  of: { data, error, refetch, isFetching, isPlaceholderData },
  children,
  rows = 3,
}: {
  of: UseQueryResult<T>;
  children: (data: T) => ReactNode;
  /** About how many lines the answer will take. */
  rows?: number;
}) {
  if (error !== null) return <Failed error={error} isFetching={isFetching} retry={() => void refetch()} />;
  if (data === undefined) return <Loading rows={rows} />;
  return (
    <div aria-busy={isPlaceholderData} className={isPlaceholderData ? 'older' : undefined}>
      {children(data)}
    </div>
  );
}

function Loading({ rows }: { rows: number }) {
  return (
    <div className="loading" role="status">
      <span className="hidden">Loading</span>
      {Array.from({ length: rows }, (_, row) => (
        <span key={row} aria-hidden="true" />
      ))}
    </div>
  );
}

/** What to do about each kind of failure. */
function advice(error: Error): ReactNode {
  const kind = error instanceof AskError ? error.kind : 'internal';
  if (kind === 'network')
    return (
      <>
        Start it with <code>atel up --detach</code>, then try again.
      </>
    );
  if (kind === 'store')
    return (
      <>
        <code>atel status</code> tells what is wrong with the store.
      </>
    );
  return null;
}

function Failed({ error, isFetching, retry }: { error: Error; isFetching: boolean; retry: () => void }) {
  return (
    <div className="state failed" role="alert">
      <p>
        <strong>{error.message}</strong>
      </p>
      <p>{advice(error)}</p>
      <button type="button" onClick={retry} disabled={isFetching}>
        {isFetching ? 'Trying …' : 'Try again'}
      </button>
    </div>
  );
}

/** Shown in place of an answer without rows. */
export function Empty({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <div className="state">
      <p>
        <strong>{title}</strong>
      </p>
      {children}
    </div>
  );
}
