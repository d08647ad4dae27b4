/**
 * What the commands print with `--json`, from the pipes whose rows they pass on. Published as `atel/schemas`, apart
 * from the SDK and the commands, which only need the types: making schemas takes longer than asking the store.
 */
import * as z from 'zod/mini';
import { backfillSummarySchema } from './backfill/summary.js';
import {
  agentUsageSummary,
  costByPart,
  costBySkill,
  costTrend,
  optimizationInsights,
  sessionList,
  sessionThreads,
  sessionTimeline,
  skillFrequency,
  taskContext,
  taskFailures,
  taskPhases,
  taskPhaseUsage,
  taskSummary,
  taskTrace,
  toolUsage,
  unusedSkills,
  usageHints,
  usageSummary,
  workByTool,
  workSummary,
  workTrend,
} from './pipes/index.js';
import { rowSchema, rowsSchema } from './store/row-schema.js';
import { storeErrorKinds } from './store/store-error.js';

export { rowSchema, rowsSchema, type RowSchema } from './store/row-schema.js';

const count = z.int().check(z.gte(0));
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

export const summarySchema = z.strictObject({
  window: windowSchema,
  metrics: rowsSchema(usageSummary),
  cost: rowsSchema(costByPart),
  tools: rowsSchema(toolUsage),
  /** Of the work of own tools there are rows only where a command or a task ever ended. */
  work: rowsSchema(workSummary),
  work_by_tool: rowsSchema(workByTool),
  explain: explainSchema,
});

const { tool_name, calls } = rowSchema(toolUsage).shape;

export const logSummarySchema = z.strictObject({
  window: windowSchema,
  work: summarySchema.shape.work,
  work_by_tool: summarySchema.shape.work_by_tool,
  /** A log tells of tool calls how many there were. */
  tools: z.array(z.strictObject({ tool_name, calls })),
  log: logSchema,
  explain: explainLogSchema,
});

export const sessionsSchema = z.strictObject({
  window: windowSchema,
  sessions: rowsSchema(sessionList),
  /** For --cursor, to go on after the last row; null where nothing follows. */
  next_cursor: z.nullable(z.string()),
  explain: explainSchema,
});

export const sessionDetailSchema = z.strictObject({
  session: rowSchema(sessionList),
  timeline: rowsSchema(sessionTimeline),
  threads: rowsSchema(sessionThreads),
  explain: explainSchema,
});

export const trendsSchema = z.strictObject({
  window: windowSchema,
  period: z.enum(['hourly', 'daily', 'weekly', 'monthly']),
  periods: rowsSchema(costTrend),
  work: rowsSchema(workTrend),
  explain: explainSchema,
});

export const logTrendsSchema = z.strictObject({
  window: windowSchema,
  period: trendsSchema.shape.period,
  work: trendsSchema.shape.work,
  log: logSchema,
  explain: explainLogSchema,
});

export const traceSchema = z.strictObject({
  task_id: z.string(),
  events: rowsSchema(taskTrace),
  /** For --cursor, to go on after the last row; null where nothing follows. */
  next_cursor: z.nullable(z.string()),
  explain: explainSchema,
});

export const logTraceSchema = z.strictObject({
  ...traceSchema.shape,
  log: logSchema,
  explain: explainLogSchema,
});

export const agentsSchema = z.strictObject({
  window: windowSchema,
  agents: rowsSchema(agentUsageSummary),
  efficiency: rowsSchema(optimizationInsights),
  explain: explainSchema,
});

export const skillsSchema = z.strictObject({
  window: windowSchema,
  skills: rowsSchema(skillFrequency),
  cost: rowsSchema(costBySkill),
  unused: rowsSchema(unusedSkills),
  explain: explainSchema,
});

export const insightsSchema = z.strictObject({
  window: windowSchema,
  hints: rowsSchema(usageHints),
  explain: explainSchema,
});

/** Figures of a time, each beside its own of the time before. */
export const metricsSchema = rowsSchema(taskSummary);

export const tasksSchema = z.strictObject({
  window: windowSchema,
  metrics: metricsSchema,
  phases: rowsSchema(taskPhases),
  phase_usage: rowsSchema(taskPhaseUsage),
  explain: explainSchema,
});

export const contextSchema = z.strictObject({
  window: windowSchema,
  metrics: metricsSchema,
  tasks: rowsSchema(taskContext),
  explain: explainSchema,
});

export const failuresSchema = z.strictObject({
  window: windowSchema,
  metrics: metricsSchema,
  parts: rowsSchema(taskFailures),
  tools: rowsSchema(toolUsage),
  explain: explainSchema,
});

/** What `atel up` serves besides the store. */
const servedSchema = z.strictObject({ url: z.string(), answers: z.boolean() });

export const statusSchema = z.strictObject({
  store: z.strictObject({
    url: z.string(),
    local: z.boolean(),
    answers: z.boolean(),
    problem: z.nullable(z.strictObject({ kind: z.enum(storeErrorKinds), message: z.string() })),
    /** The process that serves the embedded store of this folder, or is about to; null where none does. */
    process: z.nullable(z.strictObject({ pid: count, since: moment })),
  }),
  dashboard: servedSchema,
  api: servedSchema,
  recording: z.strictObject({ enabled: z.boolean(), privacy_tier: count, folder: z.string() }),
  waiting: z.strictObject({ events: count, batches: count, bytes: count }),
  refused: z.strictObject({ rows: count, reasons: z.array(z.string()) }),
  /** Tables that the store does not take. The rows of others are delivered. */
  refused_tables: z.array(z.strictObject({ table: z.string(), problem: z.string(), since: moment })),
  dropped_rows: count,
  /** Rows and events that were damaged on disk, and are kept in the folder `damaged` beside where they waited. */
  damaged: z.strictObject({ rows: count, reasons: z.array(z.string()) }),
  /** Lines of transcripts with usage that could not be counted: they have no id, or no time that can be stored. */
  left_out_lines: count,
  /** Secrets that were taken out of what was recorded, by kind. */
  redacted: z.record(z.string(), count),
  unreadable_events: count,
  lost_events: count,
  last_lost_at: z.nullable(z.string()),
  folder_problem: z.nullable(z.string()),
  last_stored_at: z.nullable(moment),
  delivery_problem: z.nullable(z.string()),
  /** Project logs that are shortened by themselves, and how that went last. */
  project_logs: z.array(
    z.strictObject({
      file: z.string(),
      pruned_at: z.nullable(moment),
      removed: count,
      problem: z.nullable(z.string()),
    }),
  ),
  /** What the settings of Claude Code say of recording: the user's, and those of the folder that it was asked in. */
  capture: z.strictObject({
    hooks_off: z.array(
      z.strictObject({ file: z.string(), key: z.enum(['disableAllHooks', 'allowManagedHooksOnly']) }),
    ),
    otel: z.strictObject({
      settings: z.nullable(z.string()),
      ignored_in: z.array(z.string()),
      /** Settings of whoever manages the machine whose variables win over those that lead to atel. */
      overridden_by: z.array(z.strictObject({ file: z.string(), variables: z.array(z.string()) })),
      /** Requests that OpenTelemetry told of in the last 30 days. */
      requests: z.nullable(count),
    }),
  }),
  /** The always-on export of traces; null where none is set. */
  otel_export: z.nullable(
    z.strictObject({
      url: z.string(),
      local: z.boolean(),
      sent_spans: count,
      refused_spans: count,
      last_sent_at: z.nullable(moment),
      waiting_traces: count,
      problem: z.nullable(z.string()),
    }),
  ),
});

/** The roots are the folders that were read. */
const backfillSchema = z.strictObject({ roots: z.array(z.string()), ...backfillSummarySchema.shape });

/** Rows as the query makes them. */
const sqlSchema = z.array(z.record(z.string(), z.unknown()));

/**
 * What each command prints with `--json`: `schemas.summary.parse(JSON.parse(stdout))`. Strict: a key that is not
 * known is refused, and a column that a pipe gets appears here by itself. Tokens are counts, `*_ms` milliseconds,
 * `*_usd` USD at list price, rates 0 to 1; null is unknown.
 *
 * @example
 * ```ts
 * import { execFileSync } from 'node:child_process';
 * import { schemas } from 'atel/schemas';
 *
 * const printed = execFileSync('npx', ['atel', 'summary', '--json'], { encoding: 'utf8' });
 * const { metrics } = schemas.summary.parse(JSON.parse(printed));
 * for (const { metric, value } of metrics) console.log(metric, value ?? 'unknown');
 * ```
 */
export const schemas = {
  agents: agentsSchema,
  backfill: backfillSchema,
  context: contextSchema,
  failures: failuresSchema,
  insights: insightsSchema,
  session: sessionDetailSchema,
  sessions: sessionsSchema,
  skills: skillsSchema,
  sql: sqlSchema,
  status: statusSchema,
  summary: summarySchema,
  tasks: tasksSchema,
  trace: traceSchema,
  trends: trendsSchema,
};

/**
 * The same with `--file`: what a project's own log answers alone.
 *
 * @example
 * ```ts
 * import { execFileSync } from 'node:child_process';
 * import { logSchemas } from 'atel/schemas';
 *
 * const printed = execFileSync('npx', ['atel', 'summary', '--file', '.ll/telemetry.jsonl', '--json'], { encoding: 'utf8' });
 * const { work, log } = logSchemas.summary.parse(JSON.parse(printed));
 * console.log(work.length, log.unreadable);
 * ```
 */
export const logSchemas = {
  summary: logSummarySchema,
  trace: logTraceSchema,
  trends: logTrendsSchema,
};
