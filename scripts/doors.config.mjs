/**
 * The rooms below src/, in the order in which data passes them, and the rooms that each may import from. Tests may
 * import from any room. `npm run doors` checks the code against this table and writes it into docs/architecture.md.
 */
export const rooms = {
  base: {
    doors: [],
    holds: 'time, formats, files, locks, JSON, loopback, Parquet, settings; knows no word of telemetry',
  },
  datasources: { doors: [], holds: 'tables, one file each' },
  pipes: {
    doors: ['datasources'],
    holds: 'questions, one file each; `parts/` has the fragments they are built of',
  },
  catalogue: {
    doors: ['datasources', 'pipes'],
    holds: 'all tables and pipes, as `npx tinybird deploy` reads them',
  },
  store: {
    doors: ['base', 'datasources', 'pipes'],
    holds: 'the typed client, store errors, row schemas: the one door to the data',
  },
  client: { doors: ['store'], holds: '`createTinybirdClient`, under the name that the design card gives it' },
  signals: {
    doors: ['base', 'datasources'],
    holds: 'what was seen → typed rows: one folder per source; identity, prices, privacy',
  },
  spool: { doors: ['base', 'signals', 'store'], holds: 'rows on disk until Tinybird has taken them' },
  'project-log': {
    doors: ['base', 'datasources', 'pipes', 'signals'],
    holds: "a project's own log, written, read and answered without a store",
  },
  traces: {
    doors: ['base', 'pipes', 'project-log', 'signals', 'spool', 'store'],
    holds: 'spans for OpenTelemetry backends',
  },
  hooks: {
    doors: ['base', 'pipes', 'signals', 'spool', 'store'],
    holds: 'what Claude Code waits for: context, status line',
  },
  drain: {
    doors: ['base', 'hooks', 'project-log', 'signals', 'spool', 'store', 'traces'],
    holds: 'empties the inbox, feeds the spool, delivers, starts the local server',
  },
  emit: { doors: ['base', 'drain', 'project-log', 'signals'], holds: "events of a user's own tools" },
  collector: { doors: ['base', 'signals', 'spool'], holds: 'listeners for OpenTelemetry and hook payloads' },
  backfill: { doors: ['base', 'drain', 'signals', 'spool', 'store'], holds: 'history on disk → rows' },
  local: { doors: ['base'], holds: 'the embedded Tinybird; knows nothing of telemetry' },
  api: {
    doors: ['base', 'pipes', 'store'],
    holds: 'REST and server-sent events over the pipes; serves the page',
  },
  dashboard: { doors: ['api', 'base'], holds: 'the page: React, built by Vite' },
  schemas: {
    doors: ['backfill', 'pipes', 'store'],
    holds: 'what `--json` prints; the public entry `atel/schemas`',
  },
  cli: {
    doors: [
      'api',
      'backfill',
      'base',
      'collector',
      'drain',
      'emit',
      'hooks',
      'local',
      'pipes',
      'project-log',
      'schemas',
      'spool',
      'store',
      'traces',
    ],
    holds: '`atel`: `commands/`, `bodies/`, `shared/`, `views/`, `render/`, `install/`',
  },
  index: {
    doors: ['catalogue', 'client', 'emit', 'project-log', 'store', 'traces'],
    holds: 'the public SDK',
  },
};
