/** Writes the figures in the text format of Prometheus. Loaded with the first request for it. */
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { durationBoundsMs } from '../../pipes/parts/duration-bounds.js';
import type { MetricFigures } from './figures.js';

const PREFIX = 'agent_telemetry_';

/** A page of metrics: each has the totals that the store has now. */
export async function prometheusText(figures: MetricFigures): Promise<{ type: string; text: string }> {
  const registry = new Registry();
  const counter = <Label extends string>(name: string, help: string, ...labelNames: Label[]) =>
    new Counter({ name: `${PREFIX}${name}`, help, labelNames, registers: [registry] });

  const requests = counter('requests_total', 'Requests to the Messages API.', 'model');
  const unpriced = counter('unpriced_requests_total', 'Requests without a known price.', 'model');
  const tokens = counter('tokens_total', 'Tokens by kind.', 'model', 'type');
  const cost = counter('cost_usd_total', 'List price of the priced requests, USD.', 'model');
  for (const row of figures.models) {
    const { model } = row;
    requests.inc({ model }, row.request_count);
    unpriced.inc({ model }, row.unpriced_requests);
    tokens.inc({ model, type: 'input' }, row.total_input);
    tokens.inc({ model, type: 'output' }, row.total_output);
    tokens.inc({ model, type: 'cache_read' }, row.total_cache_read);
    tokens.inc({ model, type: 'cache_creation' }, row.total_cache_creation);
    // An unknown cost is no 0.
    if (row.total_cost_usd !== null) cost.inc({ model }, row.total_cost_usd);
  }

  const calls = counter('tool_calls_total', 'Tool calls by their outcome.', 'tool', 'status');
  // No counter: the outcome of a call may become known later.
  const open = new Gauge({
    name: `${PREFIX}tool_calls_without_outcome`,
    help: 'Tool calls that were interrupted, or whose outcome is not known.',
    labelNames: ['tool'],
    registers: [registry],
  });
  for (const { tool_name: tool, successes, failures, others } of figures.tools) {
    calls.inc({ tool, status: 'success' }, successes);
    calls.inc({ tool, status: 'failure' }, failures);
    open.set({ tool }, others);
  }
  registry.registerMetric(new ToolDurations(figures.tools));

  const runs = counter('agent_runs_total', 'Runs of subagents.', 'agent');
  for (const row of figures.agents) runs.inc({ agent: row.agent_type }, row.invocations);
  const uses = counter('skill_uses_total', 'Uses of skills, called by the model or typed.', 'skill');
  for (const row of figures.skills) uses.inc({ skill: row.skill_name }, row.activations);

  return { type: registry.contentType, text: await registry.metrics() };
}

const DURATION = {
  name: `${PREFIX}tool_duration_ms`,
  help: 'Durations of the tool calls that have a known one, milliseconds.',
};

/** A histogram of what the store has counted, instead of what this process has observed. */
class ToolDurations extends Histogram<'tool'> {
  constructor(private readonly tools: MetricFigures['tools']) {
    super({ ...DURATION, labelNames: ['tool'], buckets: [...durationBoundsMs], registers: [] });
  }

  /** The samples, as prom-client's own histogram gives them to a registry. */
  getForPromString() {
    const values = this.tools
      .filter(({ timed_calls: calls }) => calls > 0)
      .flatMap(({ tool_name: tool, timed_calls, total_duration_ms, bucket_counts }) => {
        const sample = (part: string, value: number, le?: number | string) => ({
          metricName: `${DURATION.name}_${part}`,
          labels: { ...(le === undefined ? {} : { le }), tool },
          value,
        });
        return [
          ...durationBoundsMs.map((bound, place) => sample('bucket', bucket_counts[place] ?? 0, bound)),
          sample('bucket', timed_calls, '+Inf'),
          sample('sum', total_duration_ms ?? 0),
          sample('count', timed_calls),
        ];
      });
    return Promise.resolve({ ...DURATION, type: 'histogram', values });
  }
}
