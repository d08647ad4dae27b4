/** Writes the figures in the text format of Prometheus. Loaded with the first request for it. */
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { durationBoundsMs } from '../../pipes/parts/duration-bounds.js';
import type { Durations, Ingestion, MetricFigures } from './figures.js';

/**
 * A page of metrics: each has the totals that the store has now.
 *
 * @param prefix what each name begins with
 */
export async function prometheusText(
  figures: MetricFigures,
  prefix: string,
): Promise<{ type: string; text: string }> {
  const registry = new Registry();
  const counter = <Label extends string>(name: string, help: string, ...labelNames: Label[]) =>
    new Counter({ name: `${prefix}${name}`, help, labelNames, registers: [registry] });

  const gauge = <Label extends string>(name: string, help: string, ...labelNames: Label[]) =>
    new Gauge({ name: `${prefix}${name}`, help, labelNames, registers: [registry] });

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
  const open = gauge(
    'tool_calls_without_outcome',
    'Tool calls that were interrupted, or whose outcome is not known.',
    'tool',
  );
  for (const { tool_name: tool, successes, failures, others } of figures.tools) {
    calls.inc({ tool, status: 'success' }, successes);
    calls.inc({ tool, status: 'failure' }, failures);
    open.set({ tool }, others);
  }
  registry.registerMetric(durationsOfCalls(figures.tools, prefix, 'seconds'));

  const runs = counter('agent_runs_total', 'Runs of subagents.', 'agent');
  for (const row of figures.agents) runs.inc({ agent: row.agent_type }, row.invocations);
  const uses = counter('skill_uses_total', 'Uses of skills, called by the model or typed.', 'skill');
  for (const row of figures.skills) uses.inc({ skill: row.skill_name }, row.activations);

  const depths = new Map<string, number>();
  for (const { project, max_depth: depth } of figures.threads)
    depths.set(project, Math.max(depth, depths.get(project) ?? 0));
  const deepest = gauge(
    'session_depth',
    'Deepest nesting of subagents in a session of the last 7 days; 1: started by the main thread.',
    'project',
  );
  for (const [project, depth] of depths) deepest.set({ project }, depth);

  // No counters: a request may get another feature, and a commit may be reverted.
  const ofFeature = {
    requests: gauge('feature_requests', 'Requests that belong to a feature now.', 'feature', 'project'),
    tokens: gauge('feature_tokens', 'Tokens of the requests of a feature.', 'feature', 'project'),
    cost: gauge(
      'feature_cost_usd',
      'List price of the priced requests of a feature, USD.',
      'feature',
      'project',
    ),
  };
  for (const { feature, project, ...row } of figures.features) {
    ofFeature.requests.set({ feature, project }, row.request_count);
    ofFeature.tokens.set({ feature, project }, row.total_tokens);
    if (row.total_cost_usd !== null) ofFeature.cost.set({ feature, project }, row.total_cost_usd);
  }

  const ofOutcome = {
    sessions: gauge('outcome_sessions', 'Sessions with requests that led to an outcome.', 'outcome'),
    requests: gauge('outcome_requests', 'Requests that led to an outcome.', 'outcome'),
    cost: gauge(
      'outcome_cost_usd',
      'List price of the priced requests that led to an outcome, USD.',
      'outcome',
    ),
  };
  for (const { outcome, ...row } of figures.outcomes) {
    ofOutcome.sessions.set({ outcome }, row.sessions);
    ofOutcome.requests.set({ outcome }, row.request_count);
    if (row.total_cost_usd !== null) ofOutcome.cost.set({ outcome }, row.total_cost_usd);
  }

  /** A gauge without labels; it has no sample if the value is unknown. */
  const one = (name: string, help: string, value: number | null) => {
    // Without registers of its own, an unset gauge would be written as 0.
    if (value !== null) gauge(name, help).set(value);
  };
  for (const row of figures.delivery) {
    one('commits', 'Commits that sessions made.', row.commits);
    one('reverted_commits', 'Commits that were reverted.', row.reverted_commits);
    const pulls = gauge('pull_requests', 'Pull requests that sessions worked on, by their state.', 'state');
    pulls.set({ state: 'merged' }, row.pull_requests_merged);
    pulls.set({ state: 'closed' }, row.pull_requests_closed);
    pulls.set({ state: 'open' }, row.pull_requests_open);
    pulls.set({ state: 'unknown' }, row.pull_requests_unknown);
    one(
      'pull_request_cycle_median_seconds',
      'Median time from the opening of a pull request to its merge.',
      inSeconds(row.median_cycle_ms),
    );
    one(
      'pull_request_cycle_longest_seconds',
      'Longest time from the opening of a pull request to its merge.',
      inSeconds(row.longest_cycle_ms),
    );
    one('cost_per_merged_pr_usd', 'List price per merged pull request, USD.', row.cost_per_merged_pr_usd);
    one('cost_per_commit_usd', 'List price per commit, USD.', row.cost_per_commit_usd);
  }

  const labels = ['from', 'kind', 'to', 'origin'] as const;
  const ofLinks = {
    links: gauge(
      'entity_links',
      'Links between sessions, commits, pull requests, tasks and features.',
      ...labels,
    ),
    ambiguous: gauge('ambiguous_links', 'Inferred links that have a rival.', ...labels),
    mean: gauge('link_confidence', 'Mean confidence of the links, 0 to 1.', ...labels),
    lowest: gauge('link_lowest_confidence', 'Lowest confidence of the links, 0 to 1.', ...labels),
  };
  for (const { from_kind: from, kind, to_kind: to, origin, ...row } of figures.links) {
    const of = { from, kind, to, origin };
    ofLinks.links.set(of, row.links);
    ofLinks.ambiguous.set(of, row.ambiguous_links);
    ofLinks.mean.set(of, row.avg_confidence);
    ofLinks.lowest.set(of, row.lowest_confidence);
  }

  return { type: registry.contentType, text: await registry.metrics() };
}

/** Prometheus wants seconds. */
const inSeconds = (ms: number | null) => (ms === null ? null : ms / 1_000);

/** What waits on this machine, in the same format. */
export async function ingestionText(state: Ingestion, prefix: string): Promise<string> {
  const registry = new Registry();
  const one = (name: string, help: string, value: number) => {
    new Gauge({ name: `${prefix}${name}`, help, registers: [registry] }).set(value);
  };
  one('unread_events', 'Events on this machine that no drain has read yet.', state.unread_events);
  one('waiting_batches', 'Batches of rows that the store has not taken yet.', state.waiting_batches);
  one('waiting_bytes', 'Size of the rows that the store has not taken yet.', state.waiting_bytes);
  one('refused_rows', 'Rows that the store refused and that are kept (atel dead).', state.refused_rows);
  one('dropped_rows', 'Rows dropped because the spool was full.', state.dropped_rows);
  one('damaged_rows', 'Rows that were damaged on disk.', state.damaged_rows);
  one('lost_events', 'Events that could not be written.', state.lost_events);
  one('failed_deliveries', 'Deliveries to the store that failed in a row.', state.failed_deliveries);
  registry.registerMetric(durationsOfDeliveries(state.deliveries, prefix, 'seconds'));
  if (state.last_stored_at !== null)
    one('last_stored_timestamp_seconds', 'When the store last took rows.', state.last_stored_at);
  return registry.metrics();
}

/** A unit that durations are told in, by the end of a metric's name. */
const units = {
  seconds: { name: 'seconds', ms: 1_000 },
  ms: { name: 'milliseconds', ms: 1 },
} as const;

/** The histogram of the pipes under the name and in the unit of CCDash, whose dashboards and rules ask for it. */
export const textOfCcdash = ({ tools }: MetricFigures, prefix: string): Promise<string> =>
  textOf(durationsOfCalls(tools, prefix, 'ms'));

/** The same for the histogram of this machine. */
export const ingestionOfCcdash = ({ deliveries }: Ingestion, prefix: string): Promise<string> =>
  textOf(durationsOfDeliveries(deliveries, prefix, 'ms'));

function textOf(metric: Histogram): Promise<string> {
  const registry = new Registry();
  registry.registerMetric(metric);
  return registry.metrics();
}

const durationsOfCalls = (tools: MetricFigures['tools'], prefix: string, unit: keyof typeof units) =>
  new CountedDurations(
    `${prefix}tool_duration_${unit}`,
    `Durations of the tool calls that have a known one, ${units[unit].name}.`,
    'tool',
    {
      boundsMs: durationBoundsMs,
      parts: tools
        .filter(({ timed_calls: calls }) => calls > 0)
        .map((row) => ({
          label: row.tool_name,
          count: row.timed_calls,
          totalMs: row.total_duration_ms ?? 0,
          upTo: row.bucket_counts,
        })),
    },
    units[unit].ms,
  );

const durationsOfDeliveries = (deliveries: Durations, prefix: string, unit: keyof typeof units) =>
  new CountedDurations(
    `${prefix}sync_duration_${unit}`,
    `Durations of deliveries to the store, ${units[unit].name}. One that failed left rows behind.`,
    'result',
    deliveries,
    units[unit].ms,
  );

/** A histogram of what was counted elsewhere, instead of what this process has observed. */
class CountedDurations extends Histogram {
  readonly #about: { name: string; help: string };

  constructor(
    name: string,
    help: string,
    private readonly label: string,
    private readonly durations: Durations,
    private readonly unitMs: number,
  ) {
    const buckets = durations.boundsMs.map((bound) => bound / unitMs);
    super({ name, help, labelNames: [label], buckets, registers: [] });
    this.#about = { name, help };
  }

  /** The samples, as prom-client's own histogram gives them to a registry. */
  getForPromString() {
    const { name } = this.#about;
    const values = this.durations.parts.flatMap(({ label, count, totalMs, upTo }) => {
      const sample = (part: string, value: number, le?: number | string) => ({
        metricName: `${name}_${part}`,
        labels: { ...(le === undefined ? {} : { le }), [this.label]: label },
        value,
      });
      return [
        ...this.durations.boundsMs.map((bound, place) =>
          sample('bucket', upTo[place] ?? 0, bound / this.unitMs),
        ),
        sample('bucket', count, '+Inf'),
        sample('sum', totalMs / this.unitMs),
        sample('count', count),
      ];
    });
    return Promise.resolve({ ...this.#about, type: 'histogram', values });
  }
}
