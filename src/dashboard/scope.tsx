/** The window and the project that all parts of the page show. */
import { createContext, use, useEffect, useMemo, useState, type ReactNode } from 'react';
import { useAddress } from './router.js';

/** The windows that can be chosen. */
export const windows = {
  '24h': { days: 1, title: 'Last 24 hours', short: '24 h', period: 'hourly' },
  '7d': { days: 7, title: 'Last 7 days', short: '7 d', period: 'daily' },
  '30d': { days: 30, title: 'Last 30 days', short: '30 d', period: 'daily' },
} as const;

type WindowName = keyof typeof windows;

const isWindow = (name: string): name is WindowName => Object.hasOwn(windows, name);

/** The window and project of the page. All requests use the same end of the window, so that the figures agree. */
export interface Scope {
  since: WindowName;
  /** When the figures were requested. */
  now: Date;
  /** Query parameters of every request about the window. */
  asked: { from: string; project?: string };
  project: string;
  /** Whether the connection that announces new events is open. */
  isLive: boolean;
  refresh: () => void;
}

const ScopeContext = createContext<Scope | null>(null);

/** Shortest time between two refreshes for new events, milliseconds. */
const REFRESH_MS = 2_000;

/** Provides the window and the project that the address names, up to now. */
export function ScopeProvider({ children }: { children: ReactNode }) {
  const { searchParams } = useAddress();
  const name = searchParams.get('since') ?? '7d';
  const since = isWindow(name) ? name : '7d';
  const project = searchParams.get('project') ?? '';
  const [now, setNow] = useState(() => new Date());
  const isLive = useStored(() => setNow(new Date()));
  const scope = useMemo<Scope>(() => {
    const from = new Date(now.getTime() - windows[since].days * 86_400_000).toISOString();
    const asked = project === '' ? { from } : { from, project };
    return { since, now, asked, project, isLive, refresh: () => setNow(new Date()) };
  }, [since, now, project, isLive]);
  return <ScopeContext value={scope}>{children}</ScopeContext>;
}

/**
 * Calls `onStored` when new events were stored; returns whether the connection is open. A hidden page closes it,
 * because a browser keeps only six connections to one server.
 */
function useStored(onStored: () => void): boolean {
  const [isLive, setLive] = useState(false);
  useEffect(() => {
    let events: EventSource | undefined;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let wasAway = false;
    const soon = () => {
      timer ??= setTimeout(() => {
        timer = undefined;
        onStored();
      }, REFRESH_MS);
    };
    const away = () => {
      wasAway = true;
      setLive(false);
    };
    const listen = () => {
      events = new EventSource('/v1/live');
      events.addEventListener('error', away);
      events.addEventListener('stored', soon);
      events.addEventListener('ready', () => {
        setLive(true);
        // Events that were stored while the page was hidden were not announced.
        if (wasAway) soon();
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
      clearTimeout(timer);
      events?.close();
    };
    // The callback only sets a state, so the effect need not run again for a new one.
  }, []);
  return isLive;
}

export function useScope(): Scope {
  const scope = use(ScopeContext);
  if (scope === null) throw new Error('useScope needs a ScopeProvider');
  return scope;
}
