/** Sends a change of a rule, and asks for the rules again when it is stored. */
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';

/** The longest that a drain usually takes to store a change, milliseconds. */
const STORED_MS = 4_000;

/** Runs one change at a time; `error` is that of the last one. */
export function useChange(): {
  change: (send: () => Promise<void>, done?: () => void) => void;
  isPending: boolean;
  error: Error | null;
} {
  const queries = useQueryClient();
  const [isPending, setPending] = useState(false);
  const [error, setError] = useState<Error | null>(null);
  const change = (send: () => Promise<void>, done?: () => void) => {
    setPending(true);
    setError(null);
    send().then(
      () => {
        setPending(false);
        done?.();
        // The announcement of the stored row asks again; without a live connection, this does.
        setTimeout(() => void queries.invalidateQueries({ queryKey: ['/v1/alerts'] }), STORED_MS);
      },
      (failure: unknown) => {
        setPending(false);
        setError(failure instanceof Error ? failure : new Error(String(failure)));
      },
    );
  };
  return { change, isPending, error };
}
