/** The window and the project that all parts of the page show. */
import { createContext, use, useMemo, type ReactNode } from 'react';
import { useAddress } from './router.js';
import { useStored } from './stored.js';

/** The windows that can be chosen. */
export const windows = {
  '24h': { days: 1, title: 'Last 24 hours', short: '24 h', period: 'hourly' },
  '7d': { days: 7, title: 'Last 7 days', short: '7 d', period: 'daily' },
  '30d': { days: 30, title: 'Last 30 days', short: '30 d', period: 'daily' },
} as const;

type WindowName = keyof typeof windows;

const isWindow = (name: string): name is WindowName => Object.hasOwn(windows, name);

/** The window and project of the page, and whether its figures are current. */
export interface Scope {
  since: WindowName;
  project: string;
  /** Identifies the window and the project. */
  key: readonly string[];
  /** Query parameters of a request about the window, which ends now. */
  asked: () => { from: string; project?: string };
  /** Whether the connection that announces new events is open. */
  isLive: boolean;
  /** A number that grows with every change to what an address reads. */
  changesOf: (path: string) => number;
}

const ScopeContext = createContext<Scope | null>(null);

/** Provides the window and the project that the address names, up to now. */
export function ScopeProvider({ children }: { children: ReactNode }) {
  const { searchParams } = useAddress();
  const name = searchParams.get('since') ?? '7d';
  const since = isWindow(name) ? name : '7d';
  const project = searchParams.get('project') ?? '';
  const { isLive, changesOf } = useStored();
  const scope = useMemo<Scope>(() => {
    const asked = () => {
      const from = new Date(Date.now() - windows[since].days * 86_400_000).toISOString();
      return project === '' ? { from } : { from, project };
    };
    return { since, project, key: [since, project], asked, isLive, changesOf };
  }, [since, project, isLive, changesOf]);
  return <ScopeContext value={scope}>{children}</ScopeContext>;
}

export function useScope(): Scope {
  const scope = use(ScopeContext);
  if (scope === null) throw new Error('useScope needs a ScopeProvider');
  return scope;
}
