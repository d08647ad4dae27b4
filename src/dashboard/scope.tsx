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

/** What the page is asked about: the same moment for every question, so that its figures agree with each other. */
export interface Scope {
  since: WindowName;
  /** When the figures were asked for. */
  now: Date;
  /** Parameters of every question about the window. */
  asked: { from: string; project?: string };
  project: string;
  /** Whether the server tells of new events. */
  isLive: boolean;
  refresh: () => void;
}

const ScopeContext = createContext<Scope | null>(null);

/** New events are shown at most so often, milliseconds. */
const REFRESH_MS = 2_000;

/** Holds what is asked about: the window and the project of the address, up to now. */
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
 * Calls back when something new was stored; tells whether the server is listened to. A page that nobody looks at does
 * not listen: a browser keeps only six connections to one server.
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
        // What was stored meanwhile, nobody told.
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
    // The callback only sets a state: the first one serves as well as any.
  }, []);
  return isLive;
}

export function useScope(): Scope {
  const scope = use(ScopeContext);
  if (scope === null) throw new Error('useScope needs a ScopeProvider');
  return scope;
}
