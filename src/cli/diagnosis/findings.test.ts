import { describe, expect, it } from 'vitest';
import { exitCodeOf } from './finding.js';
import { findingsOf, isWell } from './findings.js';
import type { Status } from './state.js';

const NOW = Date.parse('2026-11-20T12:00:00.000Z');

const hooks: Status['capture']['hooks'][number] = {
  scope: 'user',
  file: '/me/settings.json',
  plugin: null,
  missing_events: [],
  other_events: [],
  broken_scripts: [],
  other_scripts: [],
};

/** The status of a machine on which everything works. */
const well: Status = {
  costs: null,
  store: { url: 'http://localhost:7181', local: true, answers: true, problem: null, process: null },
  dashboard: { url: 'http://127.0.0.1:3100', answers: true },
  api: { url: 'http://127.0.0.1:8318', answers: true },
  collector: { url: 'http://127.0.0.1:8317', answers: true },
  recording: { enabled: true, privacy_tier: 1, folder: '/me/.agent-telemetry' },
  retention: { days: null, contents_days: 30 },
  waiting: { events: 0, batches: 0, bytes: 0 },
  refused: { rows: 0, quarantined_rows: 0, reasons: [] },
  refused_tables: [],
  dropped_rows: 0,
  damaged: { rows: 0, reasons: [] },
  left_out_lines: 0,
  redacted: {},
  unreadable_events: 0,
  newer_events: 0,
  lost_events: 0,
  last_lost_at: null,
  folder_problem: null,
  program_problem: null,
  last_stored_at: null,
  delivery_problem: null,
  last_failures: [],
  unread_history: null,
  transcripts: { kept_days: 30, set_in: null, first_deletion_at: null },
  client: null,
  layers: null,
  project_logs: [],
  capture: {
    hooks: [hooks],
    hooks_off: [],
    otel: { settings: null, ignored_in: [], overridden_by: [], requests: null },
  },
  otel_export: null,
};

const store = (kind: 'network' | 'timeout' | 'unauthorized', process: Status['store']['process'] = null) => ({
  store: { ...well.store, answers: false, process, problem: { kind, message: 'no answer' } },
});
const since = (minutes: number) => ({ pid: 7, since: new Date(NOW - minutes * 60_000).toISOString() });
const expiry = (days: number) => ({
  unread_history: { sessions: 2, days: 20 },
  transcripts: {
    kept_days: 30,
    set_in: null,
    first_deletion_at: new Date(NOW + days * 86_400_000).toISOString(),
  },
});

/** What is different, the ids of the findings, the exit code of the doctor, and whether `atel status` is content. */
const cases: [name: string, different: Partial<Status>, ids: string[], code: number, isWell: boolean][] = [
  ['nothing is wrong', {}, [], 0, true],
  ['recording is off', { recording: { ...well.recording, enabled: false } }, ['recording_off'], 4, false],
  ['no hooks are installed', { capture: { ...well.capture, hooks: [] } }, ['no_hooks'], 4, true],
  [
    'hooks are switched off',
    { capture: { ...well.capture, hooks_off: [{ file: '/s.json', key: 'disableAllHooks' }] } },
    ['hooks_off'],
    4,
    false,
  ],
  [
    'a script of the hooks is missing',
    { capture: { ...well.capture, hooks: [{ ...hooks, broken_scripts: ['/x/capture.sh'] }] } },
    ['hook_scripts_missing'],
    4,
    false,
  ],
  [
    'the hooks are those of another version',
    { capture: { ...well.capture, hooks: [{ ...hooks, missing_events: ['Stop'] }] } },
    ['hooks_of_other_version'],
    0,
    true,
  ],
  [
    'hooks are installed twice',
    { capture: { ...well.capture, hooks: [hooks, { ...hooks, scope: 'project' }] } },
    ['hooks_twice'],
    0,
    true,
  ],
  [
    'the folder is read-only',
    { folder_problem: 'it cannot be written to' },
    ['folder_not_writable'],
    4,
    false,
  ],
  ['the program was moved', { program_problem: 'it was moved' }, ['program_missing'], 4, false],
  ['the store is asleep', store('network'), ['store_asleep'], 0, true],
  ['the store is starting', store('timeout', since(0.5)), ['store_starting'], 0, true],
  ['the store has been silent for long', store('timeout', since(5)), ['store_silent'], 5, false],
  ['the token is wrong', store('unauthorized', since(5)), ['store_unauthorized'], 5, false],
  [
    'the page has no port',
    { dashboard: { url: 'http://127.0.0.1:3100', answers: false } },
    ['dashboard_not_served'],
    0,
    true,
  ],
  ['the last delivery failed', { delivery_problem: 'answered 503' }, ['delivery_failed'], 6, false],
  [
    'one table is refused, which is also the problem of the last delivery',
    {
      delivery_problem: 'requests: 404',
      refused_tables: [{ table: 'requests', problem: '404', since: '2026-11-20T11:00:00.000Z' }],
    },
    ['table_refused'],
    6,
    false,
  ],
  [
    'rows were refused',
    { refused: { rows: 2, quarantined_rows: 1, reasons: ['x: bad'] } },
    ['dead_letters'],
    6,
    false,
  ],
  ['events wait', { waiting: { events: 1, batches: 0, bytes: 0 } }, ['waiting'], 0, true],
  [
    'events were lost an hour ago',
    { lost_events: 3, last_lost_at: '2026-11-20T11:00:00.000Z' },
    ['events_lost'],
    7,
    false,
  ],
  [
    'events were lost two days ago',
    { lost_events: 3, last_lost_at: '2026-11-18T11:00:00.000Z' },
    ['events_lost'],
    0,
    true,
  ],
  ['rows are damaged', { damaged: { rows: 1, reasons: ['s: damaged'] } }, ['rows_damaged'], 7, false],
  ['rows were dropped', { dropped_rows: 5 }, ['rows_dropped'], 0, true],
  ['history is unread, with time left', expiry(10), ['history_unread'], 0, true],
  ['the client deletes unread history this week', expiry(6), ['history_expiring'], 7, true],
  ['the client may have deleted unread history already', expiry(-3), ['history_expiring'], 7, true],
];

describe('what atel doctor finds', () => {
  it.each(cases)('if %s, that is found', (_, different, ids, code, contentment) => {
    const current = { ...well, ...different };
    const findings = findingsOf(current, NOW);
    expect(findings.map(({ id }) => id)).toEqual(ids);
    expect(exitCodeOf(findings)).toBe(code);
    expect(isWell(current, NOW)).toBe(contentment);
    for (const { what, why } of findings) {
      expect(what).toMatch(/[^.]\.$/);
      expect(why).toMatch(/[^.]\.$/);
    }
  });

  it('with problems of several classes, problems come before hints and the lowest class decides', () => {
    const findings = findingsOf(
      {
        ...well,
        damaged: { rows: 1, reasons: [] },
        delivery_problem: 'answered 503',
        waiting: { events: 1, batches: 0, bytes: 0 },
        capture: { ...well.capture, hooks: [hooks, { ...hooks, scope: 'local' }] },
      },
      NOW,
    );
    expect(findings.map(({ id }) => id)).toEqual([
      'delivery_failed',
      'rows_damaged',
      'hooks_twice',
      'waiting',
    ]);
    expect(exitCodeOf(findings)).toBe(6);
  });
});
