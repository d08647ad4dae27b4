import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import type { Ingestion, MetricFigures } from './figures.js';
import { ingestionOfCcdash, ingestionText, prometheusText } from './prometheus.js';

const folder = new URL('../../../deploy/grafana/', import.meta.url);

const dashboardSchema = z.object({
  uid: z.string(),
  title: z.string(),
  schemaVersion: z.number(),
  panels: z.array(
    z.object({
      id: z.number(),
      title: z.string(),
      description: z.string(),
      gridPos: z.object({ x: z.number(), y: z.number(), w: z.number(), h: z.number() }),
      fieldConfig: z.object({ defaults: z.object({ unit: z.string(), noValue: z.string() }) }),
      targets: z.array(z.object({ expr: z.string(), datasource: z.object({ uid: z.string() }) })),
    }),
  ),
});

const files = readdirSync(new URL('dashboards/', folder));
const dashboards = files.map((name) =>
  dashboardSchema.parse(JSON.parse(readFileSync(new URL(`dashboards/${name}`, folder), 'utf8'))),
);
const panels = dashboards.flatMap(({ uid, panels: own }) => own.map((panel) => ({ uid, ...panel })));
const expressions = panels.flatMap(({ uid, title, targets }) =>
  targets.map(({ expr }) => ({ of: `${uid}: ${title}`, expr })),
);

const prefix = 'agent_telemetry_';

const spend = {
  total_input: 1,
  total_output: 1,
  total_cache_read: 1,
  total_cache_creation: 1,
  total_tokens: 4,
  total_cost_usd: 1,
  request_count: 1,
  unpriced_requests: 0,
  learnt_requests: 0,
  total_reported_cost_usd: null,
  unpriced_reported_cost_usd: null,
};

/** A row of every kind, in which nothing is unknown. */
const figures: MetricFigures = {
  threads: [
    {
      session_id: 's',
      project: 'shop',
      subagents: 2,
      max_depth: 2,
      max_fan_out: 1,
      nested: 1,
      unresolved: 0,
      orphans: 0,
      request_count: 3,
      subagent_requests: 2,
      total_cost_usd: 3,
      subagent_cost_usd: 2,
      subagent_cost_share: 2 / 3,
      unpriced_requests: 0,
    },
  ],
  models: [{ model: 'claude', ...spend }],
  features: [{ feature: 'cart', project: 'shop', tasks: 1, sessions: 1, ...spend }],
  outcomes: [{ outcome: 'merged_pr', pull_requests: 1, commits: 1, sessions: 1, cost_share: 1, ...spend }],
  delivery: [
    {
      commits: 2,
      reverts: 1,
      reverted_commits: 1,
      revert_rate: 0.5,
      lines_added: 1,
      lines_removed: 1,
      pull_requests_opened: 1,
      pull_requests_merged: 1,
      pull_requests_closed: 0,
      pull_requests_reopened: 0,
      pull_requests_open: 0,
      pull_requests_unknown: 0,
      avg_cycle_ms: 60_000,
      median_cycle_ms: 60_000,
      longest_cycle_ms: 60_000,
      total_cost_usd: 1,
      unpriced_requests: 0,
      merged_with_cost: 1,
      merged_cost_usd: 1,
      cost_per_merged_pr_usd: 1,
      commits_with_cost: 1,
      commit_cost_usd: 1,
      cost_per_commit_usd: 1,
      reverted_cost_usd: null,
    },
  ],
  links: [
    {
      from_kind: 'session',
      kind: 'worked_on',
      to_kind: 'pull_request',
      origin: 'inferred',
      links: 2,
      avg_confidence: 0.9,
      lowest_confidence: 0.8,
      ambiguous_links: 1,
    },
  ],
  tools: [],
  agents: [],
  skills: [],
};

const ingestion: Ingestion = {
  deliveries: { boundsMs: [100, 500], parts: [{ label: 'success', count: 2, totalMs: 300, upTo: [1, 2] }] },
  unread_events: 1,
  waiting_batches: 2,
  waiting_bytes: 3,
  refused_rows: 4,
  dropped_rows: 5,
  damaged_rows: 6,
  lost_events: 7,
  failed_deliveries: 8,
  last_stored_at: 1_700_000_000,
};

/** The names in a text of Prometheus that have a type, with the series of histograms. */
function exported(text: string): Set<string> {
  const types = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)];
  return new Set(
    types.flatMap(([, name = '', type]) =>
      type === 'histogram' ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name],
    ),
  );
}

describe('the dashboards of Grafana', () => {
  it('are the five of ingestion, cost, tools, delivery and links, each with an id of its own', () => {
    expect(dashboards.map(({ uid }) => uid).sort()).toEqual([
      'atel-cost',
      'atel-delivery',
      'atel-ingestion',
      'atel-links',
      'atel-tools',
    ]);
    for (const { uid, panels: own } of dashboards)
      expect(new Set(own.map(({ id }) => id)).size, uid).toBe(own.length);
  });

  it('have a unit, a description, a text for an unknown value and an expression in each panel', () => {
    for (const { uid, title, description, fieldConfig, targets } of panels) {
      const { unit, noValue } = fieldConfig.defaults;
      expect(
        [unit, noValue, description].every((text) => text !== ''),
        `${uid}: ${title}`,
      ).toBe(true);
      expect(targets.length, `${uid}: ${title}`).toBeGreaterThan(0);
    }
  });

  it('have no panel over another one, or beside the 24 columns', () => {
    for (const { uid, panels: own } of dashboards) {
      const cells = own.flatMap(({ gridPos: { x, y, w, h } }) =>
        Array.from({ length: w * h }, (_, place) => `${x + (place % w)} ${y + Math.floor(place / w)}`),
      );
      expect(new Set(cells).size, uid).toBe(cells.length);
      expect(
        own.every(({ gridPos: { x, w } }) => x + w <= 24),
        uid,
      ).toBe(true);
    }
  });

  it('ask only for metrics that /metrics exports, or that Prometheus adds to each scrape', async () => {
    const text = (await prometheusText(figures, prefix)).text + (await ingestionText(ingestion, prefix));
    const known = new Set([...exported(text), 'up', 'scrape_duration_seconds']);
    const asked = new Set<string>();
    for (const { of, expr } of expressions) {
      const names = expr.match(/\b(?:agent_telemetry_\w+|up|scrape_\w+)\b/g) ?? [];
      expect(names.length, of).toBeGreaterThan(0);
      for (const name of names) {
        expect(known.has(name), `${of}: ${name} is not exported`).toBe(true);
        asked.add(name);
      }
    }
    // And each exported metric is shown, but the count of timed calls, which the buckets have, and the time of all deliveries.
    known.delete('agent_telemetry_tool_duration_seconds_count');
    known.delete('agent_telemetry_sync_duration_seconds_sum');
    expect([...known].filter((name) => !asked.has(name))).toEqual([]);
  });

  it('the depth of a project is that of its deepest session, and deliveries are told in seconds', async () => {
    const [thread] = figures.threads;
    if (thread === undefined) throw new Error('the sample has a row');
    const { text } = await prometheusText(
      { ...figures, threads: [{ ...thread, max_depth: 3 }, thread, { ...thread, project: 'till' }] },
      prefix,
    );
    expect(text.match(/^agent_telemetry_session_depth.*$/gm)).toEqual([
      'agent_telemetry_session_depth{project="shop"} 3',
      'agent_telemetry_session_depth{project="till"} 2',
    ]);
    const machine = await ingestionText(ingestion, prefix);
    expect(machine.match(/^agent_telemetry_sync_duration_seconds.*$/gm)).toEqual([
      'agent_telemetry_sync_duration_seconds_bucket{le="0.1",result="success"} 1',
      'agent_telemetry_sync_duration_seconds_bucket{le="0.5",result="success"} 2',
      'agent_telemetry_sync_duration_seconds_bucket{le="+Inf",result="success"} 2',
      'agent_telemetry_sync_duration_seconds_sum{result="success"} 0.3',
      'agent_telemetry_sync_duration_seconds_count{result="success"} 2',
    ]);
    expect(await ingestionOfCcdash(ingestion, prefix)).toContain(
      'agent_telemetry_sync_duration_ms_sum{result="success"} 300\n',
    );
  });

  it('have another prefix if the settings name one', async () => {
    const text =
      (await prometheusText(figures, 'ccdash_')).text + (await ingestionText(ingestion, 'ccdash_'));
    const names = [...exported(text)];
    expect(names.length).toBeGreaterThan(20);
    expect(names.filter((name) => !name.startsWith('ccdash_'))).toEqual([]);
  });

  it('select only labels that the metrics have', async () => {
    const { text } = await prometheusText(
      {
        ...figures,
        tools: [
          {
            tool_name: 'Read',
            calls: 3,
            successes: 1,
            failures: 1,
            others: 1,
            timed_calls: 1,
            total_duration_ms: 5,
            bucket_counts: [1],
          },
        ],
        agents: [],
        skills: [],
      },
      prefix,
    );
    const all = text + (await ingestionText(ingestion, prefix));
    const labels = new Set([...all.matchAll(/[{,](\w+)="/g)].map(([, label]) => label));
    for (const { of, expr } of expressions) {
      const grouped = [...expr.matchAll(/\bby \(([^)]*)\)/g)].flatMap(([, list = '']) => list.split(/, */));
      const selected = [...expr.matchAll(/[{,]\s*(\w+)=~?"/g)].map(([, label]) => label);
      for (const label of [...grouped, ...selected])
        expect(['job', 'agent', 'skill', ...labels], `${of}: ${label}`).toContain(label);
    }
  });

  it('an unknown cost, cycle time and time of the last delivery have no sample', async () => {
    const [row] = figures.delivery;
    if (row === undefined) throw new Error('the sample has a row');
    const { text } = await prometheusText(
      {
        ...figures,
        features: [
          { feature: 'cart', project: 'shop', tasks: 1, sessions: 1, ...spend, total_cost_usd: null },
        ],
        delivery: [{ ...row, median_cycle_ms: null, cost_per_merged_pr_usd: null }],
      },
      prefix,
    );
    expect(text).not.toMatch(
      /^agent_telemetry_(?:feature_cost_usd|pull_request_cycle_median_seconds|cost_per_merged)/m,
    );
    expect(text).toContain('agent_telemetry_feature_tokens{feature="cart",project="shop"} 4\n');
    expect(await ingestionText({ ...ingestion, last_stored_at: null }, prefix)).not.toContain('last_stored');
  });

  it.skipIf(spawnSync('promtool', ['--version']).status !== 0)('promtool reads every expression', () => {
    const made = mkdtempSync(join(tmpdir(), 'atel-rules-'));
    const rules = expressions.map(({ expr }, place) => ({
      record: `panel:${place}`,
      expr: expr.replaceAll('$__rate_interval', '5m').replaceAll('$__range', '1d'),
    }));
    try {
      const file = join(made, 'rules.yaml');
      // JSON is YAML.
      writeFileSync(file, JSON.stringify({ groups: [{ name: 'panels', rules }] }));
      const { status, stdout, stderr } = spawnSync('promtool', ['check', 'rules', file], {
        encoding: 'utf8',
      });
      expect(status, stdout + stderr).toBe(0);
    } finally {
      rmSync(made, { recursive: true });
    }
  });
});
