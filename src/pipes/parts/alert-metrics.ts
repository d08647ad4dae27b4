/** The figures that a rule can watch. Each is an output of a pipe, under the same name there. */
import { seriesMetricNames, type SeriesMetric } from './series-metrics.js';

/** Figures of tool calls, as usage_summary names them. */
export const toolMetricNames = ['tool_calls', 'tool_failures', 'tool_success_rate'] as const;

/** Used parts of the limits of the plan, by the name of the limit in limit_windows. */
export const limitMetrics = {
  five_hour_used: 'five_hour',
  seven_day_used: 'seven_day',
  spend_limit_used: 'spend_limit',
} as const;

type LimitMetric = keyof typeof limitMetrics;

const limitMetricNames = Object.keys(limitMetrics) as LimitMetric[];

/** Figures of windows of time, which alert_values answers. */
export const windowMetricNames = [...seriesMetricNames, ...toolMetricNames] as const;

export type AlertMetric = SeriesMetric | (typeof toolMetricNames)[number] | LimitMetric;

/** Every figure that a rule can watch. */
export const alertMetricNames = [...windowMetricNames, ...limitMetricNames] as [
  AlertMetric,
  ...AlertMetric[],
];

/** Whether a figure is that of a limit of the plan. */
export const isLimitMetric = (metric: string): metric is LimitMetric => Object.hasOwn(limitMetrics, metric);

/** Whether a figure is one of tool calls. */
export const isToolMetric = (metric: string): boolean => toolMetricNames.some((name) => name === metric);

/** Whether a figure is a share, from 0 to 1. */
export const isShare = (metric: string): boolean => metric.endsWith('_rate') || isLimitMetric(metric);
