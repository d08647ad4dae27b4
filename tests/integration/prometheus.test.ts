import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { useCapturedStore } from './helpers/captured-store.js';

const store = useCapturedStore();

/** A sample line of the text format. */
interface Sample {
  name: string;
  labels: Record<string, string>;
  value: number;
}

/** Reads the text format of Prometheus (version 0.0.4) strictly: what it does not know is an error. */
function parse(text: string) {
  expect(text.endsWith('\n')).toBe(true);
  const types = new Map<string, string>();
  const helps = new Set<string>();
  const samples: Sample[] = [];
  for (const line of text.split('\n').filter((one) => one !== '')) {
    const [, help] = /^# HELP ([a-zA-Z_:][\w:]*) .+$/.exec(line) ?? [];
    const [, typed, type] =
      /^# TYPE ([a-zA-Z_:][\w:]*) (counter|gauge|histogram|summary|untyped)$/.exec(line) ?? [];
    const [, name, labels = '', value] =
      /^([a-zA-Z_:][\w:]*)(?:\{((?:[a-zA-Z_]\w*="(?:[^"\\\n]|\\["\\n])*",?)*)\})? (\S+)$/.exec(line) ?? [];
    if (help !== undefined) {
      expect(helps.has(help), line).toBe(false);
      helps.add(help);
    } else if (typed !== undefined && type !== undefined) {
      expect(types.has(typed), line).toBe(false);
      types.set(typed, type);
    } else if (name !== undefined && value !== undefined) {
      const pairs = [...labels.matchAll(/([a-zA-Z_]\w*)="((?:[^"\\\n]|\\["\\n])*)"/g)];
      samples.push({
        name,
        labels: Object.fromEntries(pairs.map(([, label = '', text = '']) => [label, text])),
        value: Number(value),
      });
    } else throw new Error(`not the text format: ${line}`);
  }
  return { types, helps, samples };
}

const scrape = async (path = '/metrics') => {
  const answer = await fetch(store.atel.apiUrl + path);
  expect(answer.status).toBe(200);
  expect(answer.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
  return answer.text();
};

const ever = { from: '2000-01-01 00:00:00' };

describe('GET /metrics', () => {
  it('is in the text format, without a series twice, each with its type, and counters end in _total', async () => {
    const { types, helps, samples } = parse(await scrape());
    expect([...types.keys()].sort()).toEqual([...helps].sort());
    const series = samples.map(({ name, labels }) => JSON.stringify([name, Object.entries(labels).sort()]));
    expect(new Set(series).size).toBe(series.length);
    for (const { name, value } of samples) {
      expect(Number.isFinite(value), name).toBe(true);
      const family = name.replace(/_(?:bucket|sum|count)$/, '');
      const type = types.get(name) ?? types.get(family);
      if (name.endsWith('_total')) expect(type, name).toBe('counter');
      else if (family === name) expect(type, name).toBe('gauge');
      else expect(type, name).toBe('histogram');
    }
    expect([...types.keys()].every((name) => name.startsWith('agent_telemetry_'))).toBe(true);
  });

  it.skipIf(spawnSync('promtool', ['--version']).status !== 0)('promtool finds no fault in it', async () => {
    const { stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], {
      input: await scrape(),
      encoding: 'utf8',
    });
    expect((stdout + stderr).split('\n').filter((line) => line !== '')).toEqual([]);
  });

  it('has names as promtool wants them: base units, counters in _total, no type or abbreviation in a name', async () => {
    const { types, samples } = parse(await scrape());
    const faults = [...types].flatMap(([name, type]) => {
      const words = name.split('_');
      const has = (...some: readonly string[]) => words.some((word) => some.includes(word));
      return [
        ...(words.at(-1) === 'total' && type !== 'counter' ? [`${name}: a ${type} in _total`] : []),
        ...(type === 'counter' && words.at(-1) !== 'total' ? [`${name}: a counter without _total`] : []),
        ...(type !== 'histogram' && ['bucket', 'count', 'sum'].includes(words.at(-1) ?? '')
          ? [`${name}: the end of a histogram's name`]
          : []),
        ...(/[A-Z:]/.test(name) ? [`${name}: a colon or a capital`] : []),
        ...(has('counter', 'gauge', 'histogram', 'summary') ? [`${name}: a type in it`] : []),
        ...(has('ms', 'us', 'ns', 's', 'min', 'h', 'd', 'b', 'kb', 'mb', 'gb', 'kib', 'mib')
          ? [`${name}: a unit that is cut short`]
          : []),
        ...(has(
          'milliseconds',
          'minutes',
          'hours',
          'days',
          'kilobytes',
          'megabytes',
          'kibibytes',
          'mebibytes',
        )
          ? [`${name}: no base unit`]
          : []),
      ];
    });
    expect(faults).toEqual([]);
    const withBounds = samples.filter(({ labels }) => 'le' in labels).map(({ name }) => name);
    expect(withBounds.every((name) => name.endsWith('_bucket'))).toBe(true);
  });

  it('has the figures of the pipes over all time', async () => {
    const { samples } = parse(await scrape());
    const valueOf = (name: string, labels: Record<string, string>) =>
      samples.find((one) => {
        const same = Object.entries(labels).every(([label, text]) => one.labels[label] === text);
        return one.name === `agent_telemetry_${name}` && same;
      })?.value;
    const { client } = store.atel;
    const models = await client.costByModel.query(ever);
    expect(models.length).toBeGreaterThan(2);
    for (const { model, ...row } of models) {
      expect(valueOf('requests_total', { model }), model).toBe(row.request_count);
      expect(valueOf('unpriced_requests_total', { model }), model).toBe(row.unpriced_requests);
      expect(valueOf('tokens_total', { model, type: 'input' }), model).toBe(row.total_input);
      expect(valueOf('tokens_total', { model, type: 'output' }), model).toBe(row.total_output);
      expect(valueOf('tokens_total', { model, type: 'cache_read' }), model).toBe(row.total_cache_read);
      expect(valueOf('tokens_total', { model, type: 'cache_creation' }), model).toBe(
        row.total_cache_creation,
      );
      // The model without a price has no series, and not the cost 0.
      if (row.total_cost_usd === null) expect(valueOf('cost_usd_total', { model }), model).toBeUndefined();
      else expect(valueOf('cost_usd_total', { model }), model).toBeCloseTo(row.total_cost_usd, 9);
    }
    for (const { tool_name: tool, ...row } of await client.toolDurations.query(ever)) {
      expect(valueOf('tool_calls_total', { tool, status: 'success' }), tool).toBe(row.successes);
      expect(valueOf('tool_calls_total', { tool, status: 'failure' }), tool).toBe(row.failures);
      const timed = row.timed_calls === 0 ? undefined : row.timed_calls;
      expect(valueOf('tool_duration_seconds_count', { tool }), tool).toBe(timed);
      expect(valueOf('tool_duration_seconds_bucket', { tool, le: '+Inf' }), tool).toBe(timed);
      const total = row.total_duration_ms ?? undefined;
      expect(valueOf('tool_duration_seconds_sum', { tool }), tool).toBe(total && total / 1_000);
    }
    const features = await client.costByFeature.query(ever);
    expect(features.length).toBeGreaterThan(0);
    for (const { feature, project, ...row } of features) {
      expect(valueOf('feature_requests', { feature, project }), feature).toBe(row.request_count);
      expect(valueOf('feature_tokens', { feature, project }), feature).toBe(row.total_tokens);
    }
    const outcomes = await client.outcomes.query(ever);
    expect(outcomes.length).toBeGreaterThan(0);
    for (const { outcome, ...row } of outcomes) {
      expect(valueOf('outcome_requests', { outcome }), outcome).toBe(row.request_count);
      expect(valueOf('outcome_sessions', { outcome }), outcome).toBe(row.sessions);
    }
    const [delivery] = await client.delivery.query(ever);
    expect(valueOf('commits', {})).toBe(delivery?.commits);
    expect(valueOf('pull_requests', { state: 'merged' })).toBe(delivery?.pull_requests_merged);
    const median = delivery?.median_cycle_ms ?? undefined;
    expect(valueOf('pull_request_cycle_median_seconds', {})).toBe(median && median / 1_000);
    for (const { from_kind: from, kind, to_kind: to, origin, ...row } of await client.entityLinkTotals.query(
      ever,
    ))
      expect(valueOf('entity_links', { from, kind, to, origin }), kind).toBe(row.links);
    for (const { agent_type: agent, invocations } of await client.agentUsageSummary.query(ever))
      expect(valueOf('agent_runs_total', { agent }), agent).toBe(invocations);
    for (const { skill_name: skill, activations } of await client.skillFrequency.query(ever))
      expect(valueOf('skill_uses_total', { skill }), skill).toBe(activations);
  });

  it('has what waits on this machine', async () => {
    const { samples } = parse(await scrape());
    const valueOf = (name: string) => samples.find((one) => one.name === `agent_telemetry_${name}`)?.value;
    expect(['refused_rows', 'dropped_rows', 'damaged_rows', 'lost_events'].map(valueOf)).toEqual([
      0, 0, 0, 0,
    ]);
    const deliveries = samples.filter(({ name }) => name === 'agent_telemetry_sync_duration_seconds_count');
    expect(deliveries.length).toBeGreaterThan(0);
    for (const { labels, value } of deliveries) {
      expect(['success', 'failure']).toContain(labels.result);
      expect(value).toBeGreaterThan(0);
    }
    for (const name of ['unread_events', 'waiting_batches', 'waiting_bytes', 'failed_deliveries'])
      expect(valueOf(name), name).toBeGreaterThanOrEqual(0);
  });

  it('the buckets of a histogram grow up to the number of its calls', async () => {
    const { samples } = parse(await scrape());
    const tools = new Set(samples.map(({ labels }) => labels.tool).filter((tool) => tool !== undefined));
    for (const tool of tools) {
      const counts = samples.filter(
        ({ name, labels }) => name === 'agent_telemetry_tool_duration_seconds_bucket' && labels.tool === tool,
      );
      const values = counts.map(({ value }) => value);
      expect(values, tool).toEqual([...values].sort((one, other) => one - other));
    }
  });

  it('the address that CCDash has for it has also the durations under the name and in the unit of CCDash', async () => {
    const text = await scrape('/api/analytics/export/prometheus');
    const plain = await scrape();
    expect(text.startsWith(plain)).toBe(true);
    const { types, samples } = parse(text);
    expect(types.get('agent_telemetry_tool_duration_ms')).toBe('histogram');
    for (const { tool_name: tool, total_duration_ms } of await store.atel.client.toolDurations.query(ever)) {
      const sum = samples.find(
        ({ name, labels }) => name === 'agent_telemetry_tool_duration_ms_sum' && labels.tool === tool,
      );
      expect(sum?.value, tool).toBe(total_duration_ms ?? undefined);
    }
  });
});
