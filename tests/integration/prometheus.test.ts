import { execFileSync, spawnSync } from 'node:child_process';
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
      // Calls get their outcome later, so the number of those without one can fall.
      const other = name === 'agent_telemetry_tool_calls_without_outcome' ? 'gauge' : 'histogram';
      expect(type, name).toBe(name.endsWith('_total') ? 'counter' : other);
    }
    expect([...types.keys()].every((name) => name.startsWith('agent_telemetry_'))).toBe(true);
  });

  it.skipIf(spawnSync('promtool', ['--version']).status !== 0)('promtool finds no fault in it', async () => {
    execFileSync('promtool', ['check', 'metrics'], { input: await scrape() });
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
      expect(valueOf('tool_duration_ms_count', { tool }), tool).toBe(timed);
      expect(valueOf('tool_duration_ms_bucket', { tool, le: '+Inf' }), tool).toBe(timed);
      expect(valueOf('tool_duration_ms_sum', { tool }), tool).toBe(row.total_duration_ms ?? undefined);
    }
    for (const { agent_type: agent, invocations } of await client.agentUsageSummary.query(ever))
      expect(valueOf('agent_runs_total', { agent }), agent).toBe(invocations);
    for (const { skill_name: skill, activations } of await client.skillFrequency.query(ever))
      expect(valueOf('skill_uses_total', { skill }), skill).toBe(activations);
  });

  it('the buckets of a histogram grow up to the number of its calls', async () => {
    const { samples } = parse(await scrape());
    const tools = new Set(samples.map(({ labels }) => labels.tool).filter((tool) => tool !== undefined));
    for (const tool of tools) {
      const counts = samples.filter(
        ({ name, labels }) => name === 'agent_telemetry_tool_duration_ms_bucket' && labels.tool === tool,
      );
      const values = counts.map(({ value }) => value);
      expect(values, tool).toEqual([...values].sort((one, other) => one - other));
    }
  });

  it('the address that CCDash has for it answers the same', async () => {
    expect(await scrape('/api/analytics/export/prometheus')).toBe(await scrape());
  });
});
