/** The routes below /v1/analytics: cost, tools and trend. */
import * as z from 'zod/mini';
import {
  costByAgent,
  costByDay,
  costByModel,
  costByPart,
  costByProject,
  costBySkill,
  costTrend,
  toolUsage,
} from '../../pipes/index.js';
import { hasTooManyPeriods, TOO_MANY_PERIODS } from '../../pipes/parts/most-periods.js';
import { periodNames } from '../../pipes/parts/period-names.js';
import { rowsSchema } from '../../store/row-schema.js';
import { badRequest } from '../error.js';
import { timezone, word } from '../parameters.js';
import { defineRoute } from '../route.js';
import { readWindow, windowParameters, windowSchema } from '../window.js';

const grouped = <G extends string, S extends z.ZodMiniType>(by: G, parts: S) =>
  z.strictObject({ window: windowSchema, group_by: z.literal(by), parts });

export const cost = defineRoute({
  path: '/v1/analytics/cost',
  summary: 'What did each model, agent, skill, project or day cost? Without groupBy: the first four in one.',
  parameters: { ...windowParameters, groupBy: word('model', 'agent', 'skill', 'project', 'day') },
  answer: z.discriminatedUnion('group_by', [
    grouped('part', rowsSchema(costByPart)),
    grouped('model', rowsSchema(costByModel)),
    grouped('agent', rowsSchema(costByAgent)),
    grouped('skill', rowsSchema(costBySkill)),
    grouped('project', rowsSchema(costByProject)),
    grouped('day', rowsSchema(costByDay)),
  ]),
  async ask({ client, given: { groupBy, ...given }, now }) {
    const { params, window } = readWindow(given, now);
    switch (groupBy) {
      case undefined:
        return { window, group_by: 'part' as const, parts: await client.costByPart.query(params) };
      case 'model':
        return { window, group_by: groupBy, parts: await client.costByModel.query(params) };
      case 'agent':
        return { window, group_by: groupBy, parts: await client.costByAgent.query(params) };
      case 'skill':
        return { window, group_by: groupBy, parts: await client.costBySkill.query(params) };
      case 'project':
        return { window, group_by: groupBy, parts: await client.costByProject.query(params) };
      case 'day':
        return { window, group_by: groupBy, parts: await client.costByDay.query(params) };
    }
  },
});

export const trend = defineRoute({
  path: '/v1/analytics/trend',
  summary: 'How did cost and use develop, by hour, day, week or month?',
  parameters: {
    ...windowParameters,
    period: word(...periodNames),
    timezone: timezone(),
  },
  answer: z.strictObject({
    window: windowSchema,
    period: z.enum(periodNames),
    timezone: z.string(),
    periods: rowsSchema(costTrend),
  }),
  async ask({ client, given: { period = 'daily', timezone: zone = 'UTC', ...given }, now }) {
    const { params, window } = readWindow(given, now);
    const end = window.to === null ? now : Date.parse(window.to);
    if (hasTooManyPeriods(period, Date.parse(window.from), end)) throw badRequest(TOO_MANY_PERIODS);
    const periods = await client.costTrend.query({ ...params, period, timezone: zone });
    return { window, period, timezone: zone, periods };
  },
});

export const tools = defineRoute({
  path: '/v1/analytics/tools',
  summary: 'Which tools were called, how did they fail, and how often was a failed call tried again?',
  parameters: windowParameters,
  answer: z.strictObject({ window: windowSchema, tools: rowsSchema(toolUsage) }),
  async ask({ client, given, now }) {
    const { params, window } = readWindow(given, now);
    return { window, tools: await client.toolUsage.query(params) };
  },
});
