/** The entry of the page: React, and the cache of answers. */
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app.js';
import { ScopeProvider } from './scope.js';
import './styles.css';

const queries = new QueryClient({
  defaultOptions: {
    // The server announces new events, so nothing is refetched by a timer. What is shown again, after another page or
    // period, is asked again. A failed request shows a button to try again.
    queries: {
      staleTime: 0,
      gcTime: 60_000,
      retry: false,
      refetchOnWindowFocus: false,
      refetchOnReconnect: false,
      networkMode: 'always',
    },
  },
});

const root = document.getElementById('page');
if (root === null) throw new Error('index.html has no #page');
createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={queries}>
      <ScopeProvider>
        <App />
      </ScopeProvider>
    </QueryClientProvider>
  </StrictMode>,
);
