/** Listens to the API's announcements of stored rows. */
import { useCallback, useEffect, useState } from 'react';
import type { LiveEvents, LiveReads } from '../api/answers.js';

/** What is known of the store's news. */
interface News {
  /** Whether the connection that announces them is open. */
  isLive: boolean;
  /** A number that grows with every change to what an address reads. */
  changesOf: (path: string) => number;
}

/**
 * Follows which answers are affected by stored rows. A hidden page closes the connection, because a browser keeps only
 * six connections to one server; what was stored meanwhile is assumed to affect everything.
 */
export function useStored(): News {
  const [isLive, setLive] = useState(false);
  const [changes, setChanges] = useState<{ all: number; byPath: ReadonlyMap<string, number> }>({
    all: 0,
    byPath: new Map(),
  });
  useEffect(() => {
    let events: EventSource | undefined;
    let reads: LiveReads = {};
    let wasAway = false;
    const away = () => {
      wasAway = true;
      setLive(false);
    };
    const note = (tables: readonly string[]) => {
      const affected = Object.keys(reads).filter((path) =>
        reads[path]?.some((table) => tables.includes(table)),
      );
      if (affected.length === 0) return;
      setChanges(({ all, byPath }) => ({
        all,
        byPath: new Map([...byPath, ...affected.map((path) => [path, (byPath.get(path) ?? 0) + 1] as const)]),
      }));
    };
    const listen = () => {
      events = new EventSource('/v1/live');
      events.addEventListener('error', away);
      events.addEventListener('stored', ({ data }: MessageEvent<string>) => {
        const { tables } = JSON.parse(data) as LiveEvents['stored'];
        note(tables);
      });
      events.addEventListener('ready', ({ data }: MessageEvent<string>) => {
        const ready = JSON.parse(data) as LiveEvents['ready'];
        ({ reads } = ready);
        setLive(true);
        if (ready.missed !== null) note(ready.missed);
        else if (wasAway) setChanges(({ all, byPath }) => ({ all: all + 1, byPath }));
        wasAway = false;
      });
    };
    const look = () => {
      if (document.visibilityState === 'visible') {
        if (events === undefined) listen();
      } else {
        events?.close();
        events = undefined;
        away();
      }
    };
    look();
    document.addEventListener('visibilitychange', look);
    return () => {
      document.removeEventListener('visibilitychange', look);
      events?.close();
    };
  }, []);
  const changesOf = useCallback((path: string) => changes.all + (changes.byPath.get(path) ?? 0), [changes]);
  return { isLive, changesOf };
}
