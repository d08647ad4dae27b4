/** The public SDK: `import { createTinybirdClient, emit } from 'atel'`. What is not named here may change at any time. */
export {
  createTinybirdClient,
  type CallOptions,
  type IngestOutcome,
  type QuestionParams,
  type TinybirdClient,
  type TinybirdClientOptions,
} from './client.js';
export { StoreError, type StoreErrorKind } from './store/store-error.js';

export { emit, type EmitOptions, type EmitOutcome, type EmittedEvent } from './emit/index.js';

export {
  exportAsTraces,
  exportEvents,
  OtlpError,
  type EventExportOptions,
  type TraceExportOptions,
  type TraceExportOutcome,
} from './traces/index.js';

export * as log from './project-log/sdk.js';
export type { LogEvent, LogReading } from './project-log/index.js';

/** The tables, as definitions: for `InferRow` of @tinybirdco/sdk, or to deploy them with tables of your own. */
export {
  agentActivations,
  alertEvaluations,
  alertRules,
  apiRequests,
  contents,
  otelLogs,
  otelMetricsGauge,
  otelMetricsHistogram,
  otelMetricsSum,
  otelTraces,
  requests,
  sessionSummaries,
  skillActivations,
  telemetryEvents,
} from './catalogue.js';
/** A row of each, as it is sent. */
export type {
  AgentActivationRow,
  AlertEvaluationRow,
  AlertRuleRow,
  ApiRequestRow,
  ContentRow,
  OtelLogRow,
  OtelMetricGaugeRow,
  OtelMetricHistogramRow,
  OtelMetricSumRow,
  OtelTraceRow,
  SessionSummaryRow,
  SkillActivationRow,
  TelemetryEventRow,
} from './catalogue.js';

/** The pipes, as definitions: for `InferOutputRow` of @tinybirdco/sdk, and for `rowsSchema` of `atel/schemas`. */
export {
  agentActivationList,
  agentUsageSummary,
  alertHistory,
  alertList,
  alertValues,
  costAudit,
  costByAgent,
  costByBranch,
  costByCommit,
  costByDay,
  costByModel,
  costByPart,
  costByPeriod,
  costByPr,
  costByProject,
  costBySkill,
  costReconciliation,
  costTotal,
  costTrend,
  coverage,
  emittedEvents,
  limitWindows,
  loops,
  optimizationInsights,
  qualityRuns,
  reliabilityMatrix,
  requestList,
  sessionLayers,
  sessionList,
  sessionContents,
  sessionOverview,
  sessionSpans,
  sessionThreads,
  sessionTimeline,
  skillActivationList,
  skillFrequency,
  taskContext,
  taskFailures,
  taskPhaseUsage,
  taskPhases,
  taskSummary,
  taskTrace,
  toolDurations,
  toolUsage,
  unusedSkills,
  usageBreakdown,
  usageContext,
  usageHints,
  usageMetrics,
  usageOverview,
  usageSeries,
  usageSummary,
  usageTotals,
  workByTool,
  workOverview,
  workSummary,
  workTrend,
} from './catalogue.js';
