/**
 * The rooms below src/, in the order in which data passes them, and the rooms that each may import from. Tests may
 * import from any room. `npm run doors` checks the code against this table and writes it into docs/architecture.md.
 */
export const rooms = {
  base: {
    doors: [],
    holds: 'time, formats, files, locks, JSON, loopback, Parquet, settings; nothing about telemetry',
  },
  datasources: { doors: [], holds: 'tables, one file each' },
  pipes: {
    doors: ['datasources'],
    holds: 'questions, one file each; `parts/` has their shared SQL fragments',
  },
  catalogue: {
    doors: ['datasources', 'pipes'],
    holds: 'all tables and pipes, as `npx tinybird deploy` reads them',
  },
  store: {
    doors: ['base', 'datasources', 'pipes'],
    holds: 'the typed client, store errors, row schemas: the only access to the data',
  },
  client: { doors: ['store'], holds: '`createTinybirdClient`, under the path that the design prescribes' },
  signals: {
    doors: ['base', 'datasources'],
    holds: 'reported events → typed rows: one folder per source; identity, prices, privacy',
  },
  spool: { doors: ['base', 'signals', 'store'], holds: 'rows on disk that Tinybird has not accepted yet' },
  'project-log': {
    doors: ['base', 'datasources', 'pipes', 'signals'],
    holds: 'a project log: written, read and queried without a store',
  },
  traces: {
    doors: ['base', 'pipes', 'project-log', 'signals', 'spool', 'store'],
    holds: 'spans for OpenTelemetry backends',
  },
  hooks: {
    doors: ['base', 'pipes', 'signals', 'spool', 'store'],
    holds: 'programs that Claude Code waits for: context, status line',
  },
  prices: {
    doors: ['base', 'datasources', 'signals', 'spool', 'store'],
    holds: 'prices of stored requests: listed, learnt and computed again',
  },
  drain: {
    doors: ['base', 'hooks', 'prices', 'project-log', 'signals', 'spool', 'store', 'traces'],
    holds: 'empties the inbox, fills the spool, delivers, starts the local server',
  },
  alerts: {
    doors: ['base', 'pipes', 'signals', 'store'],
    holds: 'rules of alerts and budgets: read, evaluated, told',
  },
  emit: { doors: ['base', 'drain', 'project-log', 'signals'], holds: "events of a user's own tools" },
  collector: { doors: ['base', 'signals', 'spool'], holds: 'listeners for OpenTelemetry and hook payloads' },
  backfill: { doors: ['base', 'drain', 'signals', 'spool', 'store'], holds: 'history on disk → rows' },
  local: { doors: ['base'], holds: 'the embedded Tinybird; knows nothing about telemetry' },
  api: {
    doors: ['alerts', 'base', 'pipes', 'store'],
    holds: 'REST and server-sent events over the pipes; serves the page',
  },
  mcp: {
    doors: ['base', 'pipes', 'store'],
    holds: 'an MCP server over the pipes, for agents',
  },
  dashboard: { doors: ['alerts', 'api', 'base'], holds: 'the page: React, built by Vite' },
  schemas: {
    doors: ['backfill', 'base', 'pipes', 'prices', 'store'],
    holds: 'the output of `--json`; the public entry `atel/schemas`',
  },
  cli: {
    doors: [
      'alerts',
      'api',
      'backfill',
      'base',
      'collector',
      'drain',
      'emit',
      'hooks',
      'local',
      'mcp',
      'pipes',
      'prices',
      'project-log',
      'schemas',
      'signals',
      'spool',
      'store',
      'traces',
    ],
    holds: '`atel`: `commands/`, `actions/`, `diagnosis/`, `shared/`, `views/`, `render/`, `install/`',
  },
  index: {
    doors: ['catalogue', 'client', 'emit', 'project-log', 'store', 'traces'],
    holds: 'the public SDK',
  },
};
