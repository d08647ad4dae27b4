/** Every table, with the type of its rows. */
export { agentActivations, type AgentActivationRow } from './agent-activations.js';
export { apiRequests, type ApiRequestRow } from './api-requests.js';
export { mainMessages } from './main-messages.js';
export { otelLogs, type OtelLogRow } from './otel-logs.js';
export { otelMetricsGauge, type OtelMetricGaugeRow } from './otel-metrics-gauge.js';
export { otelMetricsHistogram, type OtelMetricHistogramRow } from './otel-metrics-histogram.js';
export { otelMetricsSum, type OtelMetricSumRow } from './otel-metrics-sum.js';
export { otelTraces, type OtelTraceRow } from './otel-traces.js';
export type { SentRow } from './otel.js';
export { requests } from './requests.js';
export { sessionBounds } from './session-bounds.js';
export { sessionSummaries, type SessionSummaryRow } from './session-summaries.js';
export { sideQuestions } from './side-questions.js';
export { skillActivations, type SkillActivationRow } from './skill-activations.js';
export { telemetryEvents, type TelemetryEventRow } from './telemetry-events.js';
