import { cpSync, existsSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { backfill } from '../../src/backfill/backfill.js';
import { transcriptRoots } from '../../src/backfill/roots.js';
import { loadConfig } from '../../src/base/config.js';
import { tempFolder } from '../helpers/temp.js';
import { useStore } from './helpers/store.js';

/**
 * Cases made after public bug reports (tests/fixtures/cases/README.md), each with the figures that were worked out by
 * hand from its input and the price list. To add one: put its `projects` folder below tests/fixtures/cases, and add an
 * entry to the table.
 */
interface Case {
  /** Folder below tests/fixtures/cases. */
  folder: string;
  /** What is right, as the end of a sentence that begins with the folder's name. */
  what: string;
  /** Puts the case's projects into a home folder and returns the roots to read. Default: ~/.claude/projects. */
  arrange?: (projects: string, home: string) => string[];
  sessions: Record<string, Figures>;
  /** What the backfill says of the whole case. Default: nothing was lost, left out or refused. */
  told?: Partial<{ corruptLines: number; leftOutLines: number; refusedRows: number; problems: string[] }>;
  /** Cost by model, USD; null for a model without a price. Only where the models matter. */
  models?: Record<string, number | null>;
}

/** The figures of a session: cost in USD, null if no request has a price; start in UTC. */
type Figures = [
  requests: number,
  tokens: number,
  cost: number | null,
  prompts: number,
  toolCalls: number,
  start: string,
];

const cases: Case[] = [
  {
    folder: '01-advisor-iterations',
    what: 'bills the call of an advisor under its own model',
    // 2 × 3 + 500 × 15 + 20,000 × 0.3 + 1,000 × 3.75, and 15,000 × 5 + 800 × 25, per million
    sessions: { ac3a4184: [2, 37_302, 0.112256, 1, 0, '2026-11-20 10:00:00.000'] },
    models: { 'claude-sonnet-4-6': 0.017256, 'claude-opus-4-8': 0.095 },
  },
  {
    folder: '02-fallback-attempt-without-output',
    what: 'does not bill an attempt that another model took over',
    sessions: { f09b732e: [1, 1_510, 0.01305, 1, 0, '2026-11-20 10:00:00.000'] },
    models: { 'claude-opus-4-8': 0.01305 },
  },
  {
    folder: '03-compaction-iteration',
    what: 'bills a compaction by the server beside the response',
    // 100 × 5 + 200 × 25 + 3,000 × 0.5 = 0.007, and 4,000 × 5 + 2,500 × 25 + 150,000 × 0.5 = 0.1575
    sessions: { '91964f8d': [2, 159_800, 0.1645, 1, 0, '2026-11-20 10:00:00.000'] },
  },
  {
    folder: '05-gateway-one-message-id-two-sessions',
    what: 'counts both responses with one message id in two sessions',
    sessions: {
      '876f2a19': [1, 1_100, 0.0075, 1, 0, '2026-11-20 10:00:00.000'],
      '2decd595': [1, 1_100, 0.0075, 1, 0, '2026-11-20 10:00:00.000'],
    },
  },
  {
    folder: '06-same-message-id-six-requests',
    what: 'counts six requests with one message id',
    // 3,015 × 5 + 360 × 25 + 120,000 × 0.5 per million
    sessions: { '2bc01110': [6, 123_375, 0.084075, 1, 6, '2026-11-20 19:09:00.000'] },
  },
  {
    folder: '07-nul-run-then-record',
    what: 'reads the record after a run of NUL bytes',
    sessions: { '6f952441': [3, 660, 0.0045, 3, 0, '2026-11-20 10:00:00.000'] },
  },
  {
    folder: '09-two-records-on-one-line',
    what: 'reads both records of a line without a line break between them',
    sessions: { '8c11ecd7': [3, 660, 0.0045, 3, 0, '2026-11-20 10:00:00.000'] },
  },
  {
    folder: '10-truncated-splice',
    what: 'reads the whole record after a cut one, which is lost and told',
    // The cut record is the second prompt.
    sessions: { f94a8e13: [3, 660, 0.0045, 2, 0, '2026-11-20 10:00:00.000'] },
    told: { corruptLines: 1 },
  },
  {
    folder: '11-nul-tail',
    what: 'reads everything before a tail of NUL bytes',
    sessions: { '76ff3bc4': [3, 660, 0.0045, 3, 0, '2026-11-20 10:00:00.000'] },
  },
  {
    folder: '13-symlinked-claude-folder',
    what: 'reads a file once that two default folders lead to',
    arrange: (projects, home) => {
      mkdirSync(join(home, '.config/claude'), { recursive: true });
      cpSync(projects, join(home, '.config/claude/projects'), { recursive: true });
      symlinkSync('.config/claude', join(home, '.claude'));
      return transcriptRoots({ env: {}, homeDir: home });
    },
    sessions: { '8236c6fd': [3, 450, 0.00525, 3, 3, '2026-11-20 10:00:00.000'] },
  },
  {
    folder: '14-same-session-in-two-folders',
    what: 'reads the two files of a moved session as one session',
    sessions: { '59bb52b5': [5, 750, 0.00875, 5, 5, '2026-11-20 10:00:00.000'] },
  },
  {
    folder: '18-cache-shapes',
    what: 'prices cache writes whatever the shape of their counts',
    sessions: { a53776e9: [4, 3_000_010, 26.25025, 1, 0, '2026-11-20 10:00:00.000'] },
  },
  {
    folder: '19-tiers-and-server-tools',
    what: 'prices tiers, places and searches, and knows no price of others',
    // 1 M input each: 5 + 3 searches, batch 2.5, us 5.5, fast 10, priority and default 5; flex, on_demand and eu unknown
    sessions: { e5e09acc: [9, 9_000_000, 33.03, 1, 0, '2026-11-20 10:00:00.000'] },
  },
  {
    folder: '21-no-ids-no-times',
    what: 'knows a line without ids by its uuid, and tells of lines without a time that can be stored',
    // a, b (no ids), d, e, f (odd times); c has no time, g is in the year 9999 and h in the year 1.
    sessions: { '570c058e': [5, 5_500, 0.0375, 1, 0, '2026-11-20 10:00:00.000'] },
    told: { leftOutLines: 3 },
  },
  {
    folder: '22-nested-agents',
    what: 'reads subagents at any depth',
    // 100 + 10 in the main thread, 1,000 + 100 in each of six subagents
    sessions: { faca53c7: [7, 6_710, 0.04575, 1, 0, '2026-11-20 10:00:00.000'] },
  },
  {
    folder: '25-fork-rewrites-prompt-ids',
    what: 'leaves the prompts of the original to it',
    sessions: {
      '738faba2': [2, 300, 0.0035, 2, 2, '2026-11-20 10:00:00.000'],
      b6ccc00a: [1, 150, 0.00175, 1, 1, '2026-11-20 11:00:00.000'],
    },
  },
  {
    folder: '26-fork-of-compacted-session-without-snapshots',
    what: 'leaves the requests of a compacted original to it',
    sessions: {
      '7c9cba27': [3, 450, 0.00525, 3, 3, '2026-11-20 10:00:00.000'],
      f265d124: [1, 150, 0.00175, 1, 1, '2026-11-20 11:00:00.000'],
    },
  },
  {
    folder: '29-placeholders-and-many-blocks',
    what: 'counts the lines of one response once',
    sessions: { b7f43076: [2, 56_528, 0.09287975, 1, 0, '2026-11-20 10:00:00.000'] },
  },
  {
    folder: '30-rewound',
    what: 'counts both branches of a rewound session',
    sessions: { '46e089e8': [3, 450, 0.00525, 3, 0, '2026-11-20 10:00:00.000'] },
  },
  {
    folder: '31-proxied-no-request-id',
    what: 'counts the lines of one response without a request id once, and knows no price of other makers',
    // 45,741 + 45,841 + 3 × 20, and 1,500 + 70 that are sent as text
    sessions: { cbeabab2: [6, 93_212, null, 1, 0, '2026-11-20 10:00:00.000'] },
  },
  {
    folder: '33-broken-text',
    what: 'reads lines with bytes that are no UTF-8',
    sessions: { '6d3948e6': [2, 330, 0.00225, 1, 0, '2026-11-20 10:00:00.000'] },
  },
  {
    folder: '51-agents-beside-the-sessions',
    what: 'reads the files of subagents that older clients wrote beside the sessions',
    // 1,000 × 5 + 100 × 25 microdollars, three times
    sessions: { '82c43787': [3, 3_300, 0.0225, 1, 0, '2026-11-20 10:00:00.000'] },
  },
  {
    folder: '52-fork-that-sorts-before-its-original',
    what: 'leaves the original its own, though both files were made in the same moment',
    sessions: {
      e0b1f2a3: [3, 3_300, 0.0225, 3, 0, '2026-11-20 10:00:00.000'],
      '1a2b3c4d': [1, 1_100, 0.0075, 1, 0, '2026-11-20 10:01:00.000'],
    },
  },
  {
    folder: '53-no-last-line-break',
    what: 'counts a whole last record that nobody ended with a line break',
    sessions: { '64450e9e': [3, 660, 0.0045, 3, 0, '2026-11-20 10:00:00.000'] },
  },
  {
    folder: '54-copy-of-a-transcript',
    what: 'reads a copy that somebody made of a transcript as a part of the session',
    sessions: { '395a5903': [3, 660, 0.0045, 3, 0, '2026-11-20 10:00:00.000'] },
  },
  {
    folder: '55-gateway-one-request-id',
    what: 'counts each response of a gateway that answers all requests with one request id',
    // 1,000 + 1,200 + 1,300 and in the subagent 2,000 tokens × 5, and 100 + 50 + 60 + 200 × 25 microdollars
    sessions: { '5d0e8c3a': [4, 5_910, 0.03775, 2, 1, '2026-11-20 10:00:00.000'] },
  },
  {
    folder: '56-gateway-ids-in-two-sessions',
    what: 'counts each response of a gateway that gives a request id again, in a session and in another one',
    // In each: 2 × 1,000 + 2 × 2,000 tokens × 5, and 50 + 100 + 60 + 80 × 25 microdollars
    sessions: {
      a17c4e02: [4, 6_290, 0.03725, 4, 0, '2026-11-20 10:00:00.000'],
      b28d5f13: [4, 6_290, 0.03725, 4, 0, '2026-11-20 12:00:00.000'],
    },
  },
  {
    folder: '57-gateway-counts-requests-from-one',
    what: 'counts each response of a gateway that gives req_1, req_2 … in every session',
    // 1,000 × 5 + 100 × 25 microdollars, twice in each
    sessions: {
      c39d6a24: [2, 2_200, 0.015, 2, 0, '2026-11-20 10:00:00.000'],
      d40e7b35: [2, 2_200, 0.015, 2, 0, '2026-11-20 11:00:00.000'],
    },
  },
  {
    folder: '58-renamed-transcript',
    what: 'reads a renamed transcript and its copy as the session that its lines name',
    sessions: { e51f8c46: [2, 2_200, 0.015, 2, 0, '2026-11-20 10:00:00.000'] },
  },
  {
    folder: '59-declined-in-the-middle',
    what: 'bills a model that declined in the middle of its answer beside the one that took over',
    // 1,000 × 10 + 300 × 50, and 1,000 × 5 + 100 × 25 microdollars
    sessions: { f62a9d57: [2, 2_400, 0.0325, 1, 0, '2026-11-20 10:00:00.000'] },
    models: { 'claude-fable-5': 0.025, 'claude-opus-4-8': 0.0075 },
  },
  {
    folder: '60-subagent-repeats-the-session',
    what: 'counts once what the file of a subagent repeats of the session',
    // 1,000 × 5 + 100 × 25 microdollars: three in the main thread, one in the subagent
    sessions: { a73b0e68: [4, 4_400, 0.03, 2, 1, '2026-11-20 10:00:00.000'] },
  },
  {
    folder: '61-client-without-prompt-ids',
    what: 'counts the prompts of a client that wrote no ids of them, without its own notes',
    sessions: { b84c1f79: [3, 3_300, 0.0225, 2, 1, '2026-02-20 10:00:00.000'] },
  },
];

const store = useStore();
const fixtures = fileURLToPath(new URL('../fixtures/cases', import.meta.url));

/** Reads a case into the empty store. */
async function read({ folder, arrange }: Case) {
  const home = tempFolder();
  const projects = join(fixtures, folder, 'projects');
  let roots: string[];
  if (arrange === undefined) {
    roots = [join(home, '.claude/projects')];
    cpSync(projects, roots[0]!, { recursive: true });
  } else roots = arrange(projects, home);
  const config = loadConfig({
    env: { AGENT_TELEMETRY_HOME: join(home, 'telemetry'), TINYBIRD_URL: store.url, TINYBIRD_TOKEN: 'local' },
    homeDir: home,
    platform: process.platform,
  });
  const summary = await backfill(config, { roots, threads: 0 });
  if (summary === undefined) throw new Error('another backfill is running');
  return summary;
}

const told = { corruptLines: 0, leftOutLines: 0, refusedRows: 0, problems: [] as string[] };

describe('a case from a public report', () => {
  it.each(cases)('$folder $what', async (one) => {
    expect(existsSync(join(fixtures, one.folder))).toBe(true);
    expect(await read(one)).toMatchObject({ ...told, ...one.told });

    const sessions = await store.client.sessionOverview.query({ days: 3_650 });
    const found = Object.fromEntries(
      sessions.map((row): [string, Figures] => [
        row.session_id.slice(0, 8),
        [
          row.request_count,
          row.total_tokens,
          row.total_cost_usd === null ? null : Number(row.total_cost_usd.toFixed(10)),
          row.prompts ?? -1,
          row.tool_calls ?? -1,
          row.started ?? '',
        ],
      ]),
    );
    expect(found).toEqual(one.sessions);
    if (one.models === undefined) return;
    const models = await store.client.costByModel.query({ days: 3_650 });
    expect(Object.fromEntries(models.map(({ model, total_cost_usd }) => [model, total_cost_usd]))).toEqual(
      one.models,
    );
  });
});
