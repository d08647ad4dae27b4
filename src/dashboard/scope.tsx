/** The span of time and the project that all parts of the page show. */
import { createContext, use, useMemo, type ReactNode } from 'react';
import { useAddress } from './router.js';
import { readSpan, type Span } from './span.js';
import { useStored } from './stored.js';

/** The span and project of the page, and whether its figures are current. */
export interface Scope {
  span: Span;
  project: string;
  /** Identifies the span and the project. */
  key: readonly string[];
  /** Query parameters of a request about the span; an open one ends now. */
  asked: () => { from: string; to?: string; project?: string };
  /** Whether the connection that announces new events is open. */
  isLive: boolean;
  /** A number that grows with every change to what an address reads. */
  changesOf: (path: string) => number;
}

const ScopeContext = createContext<Scope | null>(null);

/** Provides the span and the project that the address names. */
export function ScopeProvider({ children }: { children: ReactNode }) {
  const { search } = useAddress();
  const { isLive, changesOf } = useStored();
  const scope = useMemo<Scope>(() => {
    const query = new URLSearchParams(search);
    const span = readSpan(query);
    const project = query.get('project') ?? '';
    const asked = () => ({ ...span.bounds(Date.now()), ...(project === '' ? {} : { project }) });
    return { span, project, key: [span.key, project], asked, isLive, changesOf };
  }, [search, isLive, changesOf]);
  return <ScopeContext value={scope}>{children}</ScopeContext>;
}

export function useScope(): Scope {
  const scope = use(ScopeContext);
  if (scope === null) throw new Error('useScope needs a ScopeProvider');
  return scope;
}
