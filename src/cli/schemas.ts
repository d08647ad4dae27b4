/**
 * What the commands print with `--json`. Apart from the commands, which only need the types: making schemas takes
 * longer than asking the store.
 */
import * as z from 'zod/mini';

/** A count as JSON carries it. */
const count = z.number().check(z.int(), z.gte(0));
/** A figure that may be unknown. */
const maybe = z.nullable(z.number());
/** A moment as JSON carries it: ISO 8601, UTC. */
const moment = z.iso.datetime({ precision: 3 });

/** The asked time in an answer's JSON. */
export const windowSchema = z.strictObject({
  from: moment,
  /** Null: open to now. */
  to: z.nullable(moment),
  timezone: z.string(),
  project: z.nullable(z.string()),
});

/** Where the figures of an answer's JSON come from; with --explain only. */
const explainSchema = z.optional(
  z.array(
    z.strictObject({ pipe: z.string(), params: z.record(z.string(), z.union([z.string(), z.number()])) }),
  ),
);

/** Figures of a time, each beside its own of the time before. */
export const metricsSchema = z.array(
  z.strictObject({ metric: z.string(), value: maybe, value_before: maybe, change: maybe }),
);

/** Rows of tool_usage. */
const toolsSchema = z.array(
  z.strictObject({
    tool_name: z.string(),
    calls: count,
    failures: count,
    failure_rate: z.number(),
    exit_failures: count,
    timeouts: count,
    interruptions: count,
    denials: count,
    retries: count,
    avg_duration_ms: maybe,
    exit_codes: z.array(count),
  }),
);

/** How commands and tasks went in one of the user's own tools, as work_by_tool tells it. */
const workToolSchema = z.strictObject({
  tool_name: z.string(),
  commands: count,
  failed_commands: count,
  command_failure_rate: maybe,
  avg_command_ms: maybe,
  completed_tasks: count,
  task_runs: count,
  failed_runs: count,
  run_failure_rate: maybe,
  avg_run_ms: maybe,
});

/** A log that answered alone, and what its reading met. */
const logSchema = z.strictObject({
  file: z.string(),
  events: count,
  duplicates: count,
  unreadable: count,
  torn: z.boolean(),
});

/** Where the figures of a log's answer come from; with --explain only. */
const explainLogSchema = z.optional(z.array(z.strictObject({ file: z.string() })));

/** What `summary --json` prints: rows of usage_summary, cost_by_part, tool_usage, work_summary and work_by_tool. */
export const summarySchema = z.strictObject({
  window: windowSchema,
  metrics: metricsSchema,
  cost: z.array(
    z.strictObject({
      dimension: z.enum(['model', 'agent', 'skill', 'project']),
      part: z.string(),
      total_input: count,
      total_output: count,
      total_cache_read: count,
      total_cache_creation: count,
      total_tokens: count,
      total_cost_usd: maybe,
      cost_share: maybe,
      request_count: count,
      unpriced_requests: count,
    }),
  ),
  tools: toolsSchema,
  work: metricsSchema,
  work_by_tool: z.array(workToolSchema),
  explain: explainSchema,
});

/** What `summary --file --json` prints. */
export const logSummarySchema = z.strictObject({
  window: windowSchema,
  work: metricsSchema,
  work_by_tool: z.array(workToolSchema),
  tools: z.array(z.strictObject({ tool_name: z.string(), calls: count })),
  log: logSchema,
  explain: explainLogSchema,
});

/** A session, as session_list and session_overview tell it. */
export const sessionSchema = z.strictObject({
  session_id: z.string(),
  project: z.string(),
  started: z.nullable(z.string()),
  last_activity: z.nullable(z.string()),
  ended: z.nullable(z.string()),
  status: z.enum(['active', 'ended', 'abandoned']),
  end_reason: z.string(),
  agents_used: count,
  skills_used: count,
  request_count: count,
  total_input: count,
  total_output: count,
  total_cache_read: count,
  total_cache_creation: count,
  total_tokens: count,
  total_cost_usd: maybe,
  unpriced_requests: count,
  cache_hit_rate: maybe,
  prompts: maybe,
  tool_calls: maybe,
  tool_failures: maybe,
});

/** What `sessions --json` prints: rows of session_list. */
export const sessionsSchema = z.strictObject({
  window: windowSchema,
  sessions: z.array(sessionSchema),
  /** For --cursor, to go on after the last row; null where nothing follows. */
  next_cursor: z.nullable(z.string()),
  explain: explainSchema,
});

/** What `session ID --json` prints: rows of session_list, session_timeline and session_threads. */
export const sessionDetailSchema = z.strictObject({
  session: sessionSchema,
  timeline: z.array(
    z.strictObject({
      prompt_id: z.string(),
      at: z.string(),
      kind: z.enum(['prompt', 'request', 'agent', 'tool', 'skill', 'event']),
      name: z.string(),
      agent_id: z.string(),
      agent_type: z.string(),
      parent_agent_id: z.string(),
      skill_name: z.string(),
      status: z.string(),
      error_class: z.string(),
      duration_ms: maybe,
      request_count: count,
      total_tokens: maybe,
      total_cost_usd: maybe,
      unpriced_requests: count,
    }),
  ),
  threads: z.array(
    z.strictObject({
      agent_id: z.string(),
      agent_type: z.string(),
      parent_agent_id: z.string(),
      depth: count,
      fan_out: count,
      is_orphan: count,
      started: z.nullable(z.string()),
      stopped: z.nullable(z.string()),
      duration_ms: maybe,
      request_count: count,
      tool_calls: count,
      tool_failures: count,
      total_tokens: count,
      total_cost_usd: maybe,
      unpriced_requests: count,
    }),
  ),
  explain: explainSchema,
});

/** A period of the work of a user's own tools, as work_trend tells it. */
const workPeriodSchema = z.strictObject({
  period_start: z.string(),
  starts_at: z.string(),
  is_partial: count,
  completed_tasks: count,
  task_runs: count,
  failed_runs: count,
  avg_run_ms: maybe,
  commands: count,
  failed_commands: count,
  avg_command_ms: maybe,
  completed_share_of_largest: maybe,
});

/** What `trends --json` prints: rows of cost_trend and work_trend. */
export const trendsSchema = z.strictObject({
  window: windowSchema,
  period: z.enum(['hourly', 'daily', 'weekly', 'monthly']),
  periods: z.array(
    z.strictObject({
      period_start: z.string(),
      starts_at: z.string(),
      is_partial: count,
      sessions: count,
      request_count: count,
      total_tokens: count,
      total_output: count,
      cache_hit_rate: maybe,
      total_cost_usd: maybe,
      unpriced_requests: count,
      cost_share_of_largest: maybe,
    }),
  ),
  work: z.array(workPeriodSchema),
  explain: explainSchema,
});

/** What `trends --file --json` prints. */
export const logTrendsSchema = z.strictObject({
  window: windowSchema,
  period: trendsSchema.shape.period,
  work: z.array(workPeriodSchema),
  log: logSchema,
  explain: explainLogSchema,
});

/** An event of a task, as task_trace tells it. */
const traceEventSchema = z.strictObject({
  timestamp: z.string(),
  event_id: z.string(),
  kind: z.string(),
  event: z.string(),
  tool_name: z.string(),
  name: z.string(),
  task_id: z.string(),
  phase: z.string(),
  wave: z.string(),
  status: z.string(),
  error_class: z.string(),
  duration_ms: maybe,
  exit_code: maybe,
  issue_type: z.string(),
  issues_completed: maybe,
  issues_failed: maybe,
  estimated_tokens: maybe,
  phases: z.array(z.tuple([z.string(), z.number()])),
  session_id: z.string(),
  command_id: z.string(),
  parent_id: z.string(),
  project: z.string(),
  source: z.string(),
});

/** What `trace TASK --json` prints: rows of task_trace. */
export const traceSchema = z.strictObject({
  task_id: z.string(),
  events: z.array(traceEventSchema),
  /** For --cursor, to go on after the last row; null where nothing follows. */
  next_cursor: z.nullable(z.string()),
  explain: explainSchema,
});

/** What `trace TASK --file --json` prints. */
export const logTraceSchema = z.strictObject({
  ...traceSchema.shape,
  log: logSchema,
  explain: explainLogSchema,
});

/** What `agents --json` prints: rows of agent_usage_summary, and of optimization_insights for each type. */
export const agentsSchema = z.strictObject({
  window: windowSchema,
  agents: z.array(
    z.strictObject({
      agent_type: z.string(),
      invocations: count,
      total_input: maybe,
      total_output: maybe,
      total_cache_read: maybe,
      total_cache_creation: maybe,
      total_tokens: maybe,
      avg_duration_ms: maybe,
      est_cost_usd: maybe,
      request_count: count,
      unpriced_requests: count,
    }),
  ),
  efficiency: z.array(
    z.strictObject({
      agent_type: z.string(),
      avg_cost_per_invocation: maybe,
      avg_tokens: maybe,
      frequency: count,
      efficiency_score: maybe,
      avg_duration_ms: maybe,
      cache_hit_rate: maybe,
      tool_calls: count,
      tool_failures: count,
      tool_failure_rate: maybe,
      unpriced_requests: count,
    }),
  ),
  explain: explainSchema,
});

/** What `skills --json` prints: rows of skill_frequency and cost_by_skill. */
export const skillsSchema = z.strictObject({
  window: windowSchema,
  skills: z.array(
    z.strictObject({
      skill_name: z.string(),
      activations: count,
      successes: count,
      failures: count,
      typed: count,
      success_rate: maybe,
      avg_duration_ms: maybe,
    }),
  ),
  cost: z.array(
    z.strictObject({
      skill_name: z.string(),
      total_input: count,
      total_output: count,
      total_cache_read: count,
      total_cache_creation: count,
      total_tokens: count,
      total_cost_usd: maybe,
      request_count: count,
      unpriced_requests: count,
    }),
  ),
  explain: explainSchema,
});

/** What `insights --json` prints: rows of usage_hints. */
export const insightsSchema = z.strictObject({
  window: windowSchema,
  hints: z.array(
    z.strictObject({
      kind: z.enum([
        'agent_model',
        'agent_cost',
        'low_cache',
        'tool_failures',
        'skill_failures',
        'model_cost',
      ]),
      subject: z.string(),
      happened: count,
      out_of: maybe,
      share: maybe,
      cost_usd: maybe,
      usd_each: maybe,
      model: z.string(),
      compared_with: z.string(),
      compared_usd_each: maybe,
      saving_usd: maybe,
    }),
  ),
  explain: explainSchema,
});

/** A name and how often it occurred. */
const counted = z.tuple([z.string(), z.number()]);

/** What `tasks --json` prints: rows of task_summary and task_phases. */
export const tasksSchema = z.strictObject({
  window: windowSchema,
  metrics: metricsSchema,
  phases: z.array(
    z.strictObject({
      phase: z.string(),
      runs: count,
      runs_before: count,
      avg_ms: maybe,
      avg_ms_before: maybe,
      change_ms: maybe,
      time_share: maybe,
      change_share: maybe,
      is_bottleneck: count,
    }),
  ),
  explain: explainSchema,
});

/** What `context --json` prints: rows of task_summary and task_context. */
export const contextSchema = z.strictObject({
  window: windowSchema,
  metrics: metricsSchema,
  tasks: z.array(
    z.strictObject({
      task: z.string(),
      project: z.string(),
      task_type: z.string(),
      runs: count,
      outcome: z.string(),
      sessions: count,
      snapshots: count,
      estimated_tokens: maybe,
      tool_calls: maybe,
      breakdown: z.array(counted),
      request_count: count,
      total_tokens: maybe,
      total_cost_usd: maybe,
      unpriced_requests: count,
    }),
  ),
  explain: explainSchema,
});

/** What `failures --json` prints: rows of task_summary, task_failures and tool_usage. */
export const failuresSchema = z.strictObject({
  window: windowSchema,
  metrics: metricsSchema,
  parts: z.array(
    z.strictObject({
      dimension: z.enum(['tool', 'phase', 'type', 'command']),
      part: z.string(),
      runs: count,
      successes: count,
      failures: count,
      failure_rate: maybe,
      failed_types: z.array(counted),
      failed_phases: z.array(counted),
    }),
  ),
  tools: toolsSchema,
  explain: explainSchema,
});
