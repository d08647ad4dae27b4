import type { EmittedEvent } from '../../../src/index.js';
import type { TinybirdClient } from '../../../src/store/client-types.js';
import { ingestEmitted } from './emitted.js';
import { makeApiRequestRow } from './factories.js';
import { week, type Window } from './task-example.js';

/** Stores events of tasks and queries the pipes about tasks. */
export function useTaskQuestions(store: { readonly client: TinybirdClient }) {
  return {
    tell: (events: readonly EmittedEvent[], project?: string) => ingestEmitted(store.client, events, project),

    /** The figures of task_summary: [value, value in the period before, change]. */
    figures: async (window: Window & { project?: string } = week) => {
      const rows = await store.client.taskSummary.query(window);
      return Object.fromEntries(
        rows.map(({ metric, value, value_before: before, change }) => [metric, [value, before, change]]),
      );
    },

    /** The phases: [phase, average ms, average ms in the period before, share of the change]. */
    phases: async (window: Window = week) => {
      const rows = await store.client.taskPhases.query(window);
      return rows.map((row) => [row.phase, row.avg_ms, row.avg_ms_before, row.change_share]);
    },
  };
}

/** A run that is reported only at its end. */
export const ended = (task: string, timestamp: string, more: object = {}): EmittedEvent => ({
  event: 'issue_complete',
  task_id: task,
  timestamp,
  status: 'success',
  ...more,
});

export const snapshot = (timestamp: string, more: object): EmittedEvent => ({
  event: 'context_snapshot',
  timestamp,
  ...more,
});

/** A request of 1,000 tokens. */
export const request = (session: string, timestamp: string, more: object = {}) =>
  makeApiRequestRow({ session_id: session, timestamp: timestamp.replace('Z', ''), ...more });
