/** Shows the state of an answer: loading, failed, empty or here. */
import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { AskError } from '../ask.js';
import { clock } from '../format.js';

/** Shows an answer, or that it is loading, or why it failed. */
export function Answer<T>({
  of: { data, error, refetch, isFetching, isPlaceholderData, dataUpdatedAt },
  children,
  rows = 3,
}: {
  of: UseQueryResult<T>;
  children: (data: T) => ReactNode;
  /** About how many lines the answer will take. */
  rows?: number;
}) {
  const failed = error !== null && (
    <Failed error={error} isFetching={isFetching} retry={() => void refetch()}>
      {data !== undefined && <p>What is below was answered at {clock(new Date(dataUpdatedAt))}.</p>}
    </Failed>
  );
  if (data === undefined) return failed === false ? <Loading rows={rows} /> : failed;
  return (
    <div className="answer">
      {failed}
      {isPlaceholderData && (
        <p className="stale" role="status">
          Still the figures of the choice before. Asking …
        </p>
      )}
      <div aria-busy={isPlaceholderData} className={isPlaceholderData ? 'older' : undefined}>
        {children(data)}
      </div>
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
        <code>atel doctor</code> tells what is wrong with the store and how to mend it.
      </>
    );
  return null;
}

function Failed({
  error,
  isFetching,
  retry,
  children,
}: {
  error: Error;
  isFetching: boolean;
  retry: () => void;
  children?: ReactNode;
}) {
  return (
    <div className="state failed" role="alert">
      <p>
        <strong>{error.message}</strong>
      </p>
      <p>{advice(error)}</p>
      {children}
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
