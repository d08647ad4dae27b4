/**
 * The schemas of what the commands print with `--json`, made from the pipes whose rows they pass on. Published as
 * `atel/schemas`, separate from the SDK and the commands, which only need the types: making schemas takes longer than a
 * question to the store.
 */
import * as z from 'zod/mini';
import { backfillSummarySchema } from './backfill/summary.js';
import { logParts } from './base/log-parts.js';
import {
  agentUsageSummary,
  alertHistory,
  alertList,
  anomalies,
  costAudit,
  costByBranch,
  costByCommit,
  costByFeature,
  costByModel,
  costByPart,
  costByPeriod,
  costByPr,
  costByProject,
  costBySkill,
  costByTask,
  costTotal,
  costTrend,
  delivery,
  efficiency,
  limitWindows,
  loops,
  optimizationInsights,
  outcomes,
  qualityRuns,
  reliabilityMatrix,
  sessionContents,
  sessionLayers,
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
  usageBreakdown,
  usageHints,
  usageSummary,
  workByTool,
  workSummary,
  workTrend,
} from './pipes/index.js';
import { alertStates } from './pipes/parts/alert-words.js';
import { groupNames } from './pipes/parts/group-names.js';
import { periodNames } from './pipes/parts/period-names.js';
import { qualityGroups } from './pipes/parts/quality-groups.js';
import { priceTableSchema } from './prices/price-table.js';
import { rowSchema, rowsSchema } from './store/row-schema.js';
import { storeErrorKinds } from './store/store-error.js';

export { rowSchema, rowsSchema, type RowSchema } from './store/row-schema.js';

const count = z.int().check(z.gte(0));
/** A moment in JSON: ISO 8601, UTC. */
const moment = z.iso.datetime({ precision: 3 });

/** The requested window in an answer's JSON. */
export const windowSchema = z.strictObject({
  from: moment,
  /** Null if the window is open up to now. */
  to: z.nullable(moment),
  timezone: z.string(),
  project: z.nullable(z.string()),
});

/** The source of the figures in an answer's JSON; only with --explain. */
const explainSchema = z.optional(
  z.array(
    z.strictObject({ pipe: z.string(), params: z.record(z.string(), z.union([z.string(), z.number()])) }),
  ),
);

/** The log that the answer was read from, and what could not be read. */
const logSchema = z.strictObject({
  file: z.string(),
  events: count,
  duplicates: count,
  unreadable: count,
  torn: z.boolean(),
});

/** The source of the figures in an answer from a log; only with --explain. */
const explainLogSchema = z.optional(z.array(z.strictObject({ file: z.string() })));

export const summarySchema = z.strictObject({
  window: windowSchema,
  metrics: rowsSchema(usageSummary),
  cost: rowsSchema(costByPart),
  tools: rowsSchema(toolUsage),
  /** There are rows about the work of the user's own tools only if a command or a task ended in one of both windows. */
  work: rowsSchema(workSummary),
  work_by_tool: rowsSchema(workByTool),
  explain: explainSchema,
});

/** What `atel alerts` found or changed; what was not asked is empty. */
export const alertsSchema = z.strictObject({
  window: windowSchema,
  rules: rowsSchema(alertList),
  history: rowsSchema(alertHistory),
  /** The figures of the tested rule now; a row per session for a budget per session. */
  tested: z.array(
    z.strictObject({
      session_id: z.string(),
      state: z.enum(alertStates),
      value: z.nullable(z.number()),
      threshold: z.nullable(z.number()),
      from: moment,
      to: moment,
    }),
  ),
  explain: explainSchema,
});

export const budgetSchema = z.strictObject({
  /** Each budget, and each active session of a budget per session. */
  budgets: z.array(
    z.strictObject({
      rule: z.string(),
      about: z.string(),
      metric: z.string(),
      session_id: z.string(),
      value: z.nullable(z.number()),
      soft: z.nullable(z.number()),
      hard: z.nullable(z.number()),
    }),
  ),
  explain: explainSchema,
});

const { tool_name, calls } = rowSchema(toolUsage).shape;

export const logSummarySchema = z.strictObject({
  window: windowSchema,
  work: summarySchema.shape.work,
  work_by_tool: summarySchema.shape.work_by_tool,
  /** A log only contains the number of tool calls. */
  tools: z.array(z.strictObject({ tool_name, calls })),
  log: logSchema,
  explain: explainLogSchema,
});

export const sessionsSchema = z.strictObject({
  window: windowSchema,
  sessions: rowsSchema(sessionList),
  /** For --cursor, to get the next page; null if this is the last one. */
  next_cursor: z.nullable(z.string()),
  explain: explainSchema,
});

export const sessionDetailSchema = z.strictObject({
  session: rowSchema(sessionList),
  /** The client's own total; null if the session has neither requests nor a summary. */
  client: z.nullable(rowSchema(costAudit)).check(z.meta({ pipe: costAudit._name })),
  timeline: rowsSchema(sessionTimeline),
  threads: rowsSchema(sessionThreads),
  /** Texts of the session; none at privacy tier 1. */
  contents: rowsSchema(sessionContents),
  explain: explainSchema,
});

export const trendsSchema = z.strictObject({
  window: windowSchema,
  period: z.enum(periodNames),
  periods: rowsSchema(costTrend),
  work: rowsSchema(workTrend),
  explain: explainSchema,
});

/** Rows of a report by day, week or month: its periods, the models in each, and the total. */
export const reportSchema = z.strictObject({
  window: windowSchema,
  period: z.enum(periodNames),
  rows: rowsSchema(costByPeriod),
  explain: explainSchema,
});

export const modelsSchema = z.strictObject({
  window: windowSchema,
  models: rowsSchema(costByModel),
  total: rowSchema(costTotal),
  explain: explainSchema,
});

export const projectsSchema = z.strictObject({
  window: windowSchema,
  projects: rowsSchema(costByProject),
  total: rowSchema(costTotal),
  explain: explainSchema,
});

export const commitsSchema = z.strictObject({
  window: windowSchema,
  commits: rowsSchema(costByCommit),
  branches: rowsSchema(costByBranch),
  total: rowSchema(costTotal),
  explain: explainSchema,
});

export const checksSchema = z.strictObject({
  window: windowSchema,
  /** What the checks are grouped by, besides their class. */
  by: z.enum(qualityGroups),
  checks: rowsSchema(qualityRuns),
  explain: explainSchema,
});

export const outcomesSchema = z.strictObject({
  window: windowSchema,
  /** The branch that was asked for; null for all. */
  branch: z.nullable(z.string()),
  outcomes: rowsSchema(outcomes),
  delivery: rowSchema(delivery),
  /** Empty with --branch: neither tool calls nor tasks have one. */
  efficiency: rowsSchema(efficiency),
  checks: rowsSchema(qualityRuns),
  /** Null without a request. */
  total: z.nullable(rowSchema(usageBreakdown)).check(z.meta({ pipe: usageBreakdown._name })),
  explain: explainSchema,
});

export const prsSchema = z.strictObject({
  window: windowSchema,
  pull_requests: rowsSchema(costByPr),
  total: rowSchema(costTotal),
  explain: explainSchema,
});

export const limitsSchema = z.strictObject({
  window: windowSchema,
  limits: rowsSchema(limitWindows),
  /** The limit whose current period `parts` break down; null if none has a known beginning. */
  limit: z.nullable(z.string()),
  by: z.enum(groupNames),
  parts: rowsSchema(usageBreakdown),
  total: z.nullable(rowSchema(costTotal)).check(z.meta({ pipe: costTotal._name })),
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
  /** For --cursor, to get the next page; null if this is the last one. */
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

export const auditSchema = z.strictObject({
  window: windowSchema,
  sessions: rowsSchema(costAudit),
  explain: explainSchema,
});

export type AuditRow = z.infer<typeof auditSchema>['sessions'][number];

export const insightsSchema = z.strictObject({
  window: windowSchema,
  hints: rowsSchema(usageHints),
  /** Days and weeks that are far from what is usual. */
  anomalies: rowsSchema(anomalies),
  explain: explainSchema,
});

/** Figures of a period, each with that of the previous period. */
export const metricsSchema = rowsSchema(taskSummary);

export const tasksSchema = z.strictObject({
  window: windowSchema,
  metrics: metricsSchema,
  phases: rowsSchema(taskPhases),
  phase_usage: rowsSchema(taskPhaseUsage),
  cost: rowsSchema(costByTask),
  features: rowsSchema(costByFeature),
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
  /** The failures of each tool by model and class. */
  matrix: rowsSchema(reliabilityMatrix),
  /** Where sessions went round in circles. */
  loops: rowsSchema(loops),
  explain: explainSchema,
});

/** A service of `atel up` besides the store. */
const servedSchema = z.strictObject({ url: z.string(), answers: z.boolean() });

export const statusSchema = z.strictObject({
  /** Sessions of the last 7 days that the client wrote a total for, and how many agree with it; null if not asked. */
  costs: z.nullable(z.strictObject({ compared: z.number(), equal: z.number() })),
  store: z.strictObject({
    url: z.string(),
    local: z.boolean(),
    answers: z.boolean(),
    problem: z.nullable(z.strictObject({ kind: z.enum(storeErrorKinds), message: z.string() })),
    /** The process that serves, or is about to serve, the embedded store of this folder; null if there is none. */
    process: z.nullable(z.strictObject({ pid: count, since: moment })),
  }),
  dashboard: servedSchema,
  api: servedSchema,
  collector: servedSchema,
  recording: z.strictObject({ enabled: z.boolean(), privacy_tier: z.literal([1, 2, 3]), folder: z.string() }),
  /** Days after which rows, and texts of privacy tiers 2 and 3, are removed; null if never. */
  retention: z.strictObject({ days: z.nullable(z.number()), contents_days: z.nullable(z.number()) }),
  waiting: z.strictObject({ events: count, batches: count, bytes: count }),
  /** Dead letters, and how many of them the store had put into a quarantine. */
  refused: z.strictObject({ rows: count, quarantined_rows: count, reasons: z.array(z.string()) }),
  /** Tables that the store refuses. The rows of the other tables are delivered. */
  refused_tables: z.array(z.strictObject({ table: z.string(), problem: z.string(), since: moment })),
  dropped_rows: count,
  /** Rows and events that were damaged on disk. They are kept in a folder `damaged` next to where they waited. */
  damaged: z.strictObject({ rows: count, reasons: z.array(z.string()) }),
  /** Transcript lines with usage that could not be counted: they have no id, or no time that can be stored. */
  left_out_lines: count,
  /** Secrets that were redacted, by kind. */
  redacted: z.record(z.string(), count),
  /** Events that were not JSON, or not events, and are not kept: those that are kept count as damaged. */
  unreadable_events: count,
  /** Emitted events of a newer version, which wait until this one is updated. */
  newer_events: count,
  lost_events: count,
  last_lost_at: z.nullable(z.string()),
  folder_problem: z.nullable(z.string()),
  /** Why the hooks do not find the program; null if they do, or if the telemetry folder does not exist yet. */
  program_problem: z.nullable(z.string()),
  last_stored_at: z.nullable(moment),
  delivery_problem: z.nullable(z.string()),
  /** The last failure of each part of the program, from the log, the newest first; not whether it still fails. */
  last_failures: z.array(z.strictObject({ part: z.enum(logParts), at: moment, message: z.string() })),
  /** Sessions on this machine whose transcripts were never read, and how many days they go back; null if there are none. */
  unread_history: z.nullable(z.strictObject({ sessions: count, days: count })),
  /** How long Claude Code keeps transcripts, and when it deletes the first one that was never read; null if all were. */
  transcripts: z.strictObject({
    kept_days: z.number(),
    set_in: z.nullable(z.string()),
    first_deletion_at: z.nullable(moment),
  }),
  /** The newest transcript on this machine, and the version of Claude Code that wrote it; null if there is none. */
  client: z.nullable(z.strictObject({ version: z.nullable(z.string()), seen_at: moment })),
  /** The newest sessions of the last 7 days and the layers that saw them; null if the store gives no answer. */
  layers: z.nullable(rowsSchema(sessionLayers)),
  /** Project logs that are pruned automatically, and the last result. */
  project_logs: z.array(
    z.strictObject({
      file: z.string(),
      pruned_at: z.nullable(moment),
      removed: count,
      problem: z.nullable(z.string()),
    }),
  ),
  /** What Claude Code's settings say about recording: those of the user, and of the current folder. */
  capture: z.strictObject({
    /** Where our hooks are: in a settings file, or in a plugin that it switches on. */
    hooks: z.array(
      z.strictObject({
        scope: z.enum(['user', 'project', 'local']),
        file: z.string(),
        plugin: z.nullable(z.string()),
        missing_events: z.array(z.string()),
        other_events: z.array(z.string()),
        broken_scripts: z.array(z.string()),
        other_scripts: z.array(z.string()),
      }),
    ),
    hooks_off: z.array(
      z.strictObject({ file: z.string(), key: z.enum(['disableAllHooks', 'allowManagedHooksOnly']) }),
    ),
    otel: z.strictObject({
      settings: z.nullable(z.string()),
      ignored_in: z.array(z.string()),
      /** Managed settings with variables that override those for atel. */
      overridden_by: z.array(z.strictObject({ file: z.string(), variables: z.array(z.string()) })),
      /** Requests that OpenTelemetry reported in the last 30 days. */
      requests: z.nullable(count),
    }),
  }),
  /** The always-on export of traces; null if it is not configured. */
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

/** What `atel doctor` found: each finding with its class, which decides the exit code, and the command that helps. */
export const doctorSchema = z.strictObject({
  exit_code: count,
  findings: z.array(
    z.strictObject({
      /** A word that stays the same between versions. */
      id: z.string(),
      class: z.enum(['settings', 'capture', 'store', 'delivery', 'loss']),
      /** A hint does not change the exit code. */
      severity: z.enum(['problem', 'hint']),
      what: z.string(),
      /** What it means, and what to do. */
      why: z.string(),
      /** Null if no command of ours mends it. */
      command: z.nullable(z.string()),
    }),
  ),
});

/** Rows that the store refused; with `replay` and `purge` those that were meant, as they were before. */
export const deadSchema = z.strictObject({
  rows: count,
  letters: z.array(
    z.strictObject({
      id: z.string(),
      /** Null if the letter itself was damaged on disk: then it cannot be tried again. */
      table: z.nullable(z.string()),
      /** More than 1 for a Parquet file, which is refused as a whole. */
      rows: count,
      reason: z.string(),
      at: z.nullable(moment),
      /** The refused row; for a Parquet file, its name; null with `list`. */
      row: z.nullable(z.record(z.string(), z.unknown())),
    }),
  ),
});

/** The roots are the folders that were read. */
const backfillSchema = z.strictObject({ roots: z.array(z.string()), ...backfillSummarySchema.shape });

export const pricesSchema = z.strictObject({ ...priceTableSchema.shape, explain: explainSchema });

/** Rows as the query returns them. */
const sqlSchema = z.array(z.record(z.string(), z.unknown()));

/**
 * What each command prints with `--json`: `schemas.summary.parse(JSON.parse(stdout))`. The schemas are strict: an
 * unknown key is refused, and a new column of a pipe appears here automatically. Tokens are counts, `*_ms`
 * milliseconds, `*_usd` USD at list price, rates 0 to 1; null is unknown.
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
  alerts: alertsSchema,
  audit: auditSchema,
  backfill: backfillSchema,
  budget: budgetSchema,
  checks: checksSchema,
  commits: commitsSchema,
  context: contextSchema,
  daily: reportSchema,
  dead: deadSchema,
  doctor: doctorSchema,
  failures: failuresSchema,
  insights: insightsSchema,
  limits: limitsSchema,
  models: modelsSchema,
  monthly: reportSchema,
  outcomes: outcomesSchema,
  prices: pricesSchema,
  prs: prsSchema,
  projects: projectsSchema,
  session: sessionDetailSchema,
  sessions: sessionsSchema,
  skills: skillsSchema,
  sql: sqlSchema,
  status: statusSchema,
  summary: summarySchema,
  tasks: tasksSchema,
  trace: traceSchema,
  trends: trendsSchema,
  weekly: reportSchema,
};

/**
 * The same with `--file`: what each command prints from a project's log.
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
