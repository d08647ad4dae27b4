/** The routes below /v1/analytics: cost, tools and trend. */
import * as z from 'zod/mini';
import {
  costByAgent,
  costByBranch,
  costByCommit,
  costByDay,
  costByFeature,
  costByModel,
  costByPart,
  costByPr,
  costByProject,
  costByDevice,
  costBySessionType,
  costBySkill,
  costByTask,
  costByTool,
  costByUser,
  costTrend,
  reliabilityMatrix,
  toolUsage,
} from '../../pipes/index.js';
import { periodNames } from '../../pipes/parts/period-names.js';
import { rowsSchema } from '../../store/row-schema.js';
import { badRequest } from '../error.js';
import { word } from '../parameters.js';
import { defineRoute } from '../route.js';
import { askSlice, cursorSchema, MOST_ROWS, sliceParameters } from '../slice.js';
import { askTrend, trendParameters } from '../trend-parameters.js';
import { readWindow, windowParameters, windowSchema } from '../window.js';

const grouped = <G extends string, S extends z.ZodMiniType>(by: G, parts: S) =>
  z.strictObject({
    window: windowSchema,
    group_by: z.literal(by),
    parts,
    /** Cursor of the next page; null on the last page, and without group_by. */
    next_cursor: cursorSchema,
  });

const grouping = word(
  ...([
    'model',
    'agent',
    'skill',
    'project',
    'day',
    'branch',
    'commit',
    'pr',
    'task',
    'feature',
    'tool',
    'session_type',
    'device',
    'user',
  ] as const),
);

export const cost = defineRoute({
  path: '/v1/analytics/cost',
  summary:
    'What did each model, agent, skill, project, day, branch, commit, pull request, task, feature, tool, type of session, machine or user cost? Without group_by: the first four in one.',
  parameters: {
    ...windowParameters,
    group_by: grouping,
    /** The same under the name of earlier versions. */
    groupBy: grouping,
    ...sliceParameters,
  },
  pipes: [
    ...[
      costByPart,
      costByModel,
      costByAgent,
      costBySkill,
      costByProject,
      costByDay,
      costByBranch,
      costByCommit,
    ],
    ...[costByPr, costByTask, costByFeature, costByTool, costBySessionType, costByDevice, costByUser],
  ],
  answer: z.discriminatedUnion('group_by', [
    grouped('part', rowsSchema(costByPart)),
    grouped('model', rowsSchema(costByModel)),
    grouped('agent', rowsSchema(costByAgent)),
    grouped('skill', rowsSchema(costBySkill)),
    grouped('project', rowsSchema(costByProject)),
    grouped('day', rowsSchema(costByDay)),
    grouped('branch', rowsSchema(costByBranch)),
    grouped('commit', rowsSchema(costByCommit)),
    grouped('pr', rowsSchema(costByPr)),
    grouped('task', rowsSchema(costByTask)),
    grouped('feature', rowsSchema(costByFeature)),
    grouped('tool', rowsSchema(costByTool)),
    grouped('session_type', rowsSchema(costBySessionType)),
    grouped('device', rowsSchema(costByDevice)),
    grouped('user', rowsSchema(costByUser)),
  ]),
  async ask({ client, given: { group_by, groupBy = group_by, ...given }, now }) {
    if (group_by !== undefined && group_by !== groupBy)
      throw badRequest('group_by and groupBy are the same: give one of them');
    const { params, window } = readWindow(given, now);
    const by = async <G extends string, Row>(
      group: G,
      pipe: { query: (asked: typeof params & { limit: number; offset: number }) => Promise<Row[]> },
    ) => {
      const { rows, next_cursor } = await askSlice(given, (slice) => pipe.query({ ...params, ...slice }));
      return { window, group_by: group, parts: rows, next_cursor };
    };
    switch (groupBy) {
      case undefined: {
        if (given.cursor !== undefined) throw badRequest('cursor needs group_by');
        const parts = await client.costByPart.query({ ...params, limit: given.limit ?? MOST_ROWS });
        return { window, group_by: 'part' as const, parts, next_cursor: null };
      }
      case 'model':
        return by(groupBy, client.costByModel);
      case 'agent':
        return by(groupBy, client.costByAgent);
      case 'skill':
        return by(groupBy, client.costBySkill);
      case 'project':
        return by(groupBy, client.costByProject);
      case 'day':
        return by(groupBy, client.costByDay);
      case 'branch':
        return by(groupBy, client.costByBranch);
      case 'commit':
        return by(groupBy, client.costByCommit);
      case 'pr':
        return by(groupBy, client.costByPr);
      case 'task':
        return by(groupBy, client.costByTask);
      case 'feature':
        return by(groupBy, client.costByFeature);
      case 'tool':
        return by(groupBy, client.costByTool);
      case 'session_type':
        return by(groupBy, client.costBySessionType);
      case 'device':
        return by(groupBy, client.costByDevice);
      case 'user':
        return by(groupBy, client.costByUser);
    }
  },
});

export const trend = defineRoute({
  path: '/v1/analytics/trend',
  aliases: ['/api/analytics/trends'],
  summary: 'How did cost and use develop, by hour, day, week or month?',
  parameters: { ...windowParameters, ...trendParameters },
  pipes: [costTrend],
  answer: z.strictObject({
    window: windowSchema,
    period: z.enum(periodNames),
    timezone: z.string(),
    periods: rowsSchema(costTrend),
  }),
  async ask({ client, given, now }) {
    const asked = readWindow(given, now);
    return { window: asked.window, ...(await askTrend(client, asked, given, now)) };
  },
});

export const tools = defineRoute({
  path: '/v1/analytics/tools',
  summary: 'Which tools were called, how did they fail, and how often was a failed call tried again?',
  parameters: { ...windowParameters, ...sliceParameters },
  pipes: [toolUsage],
  answer: z.strictObject({
    window: windowSchema,
    tools: rowsSchema(toolUsage),
    /** Cursor of the next page; null on the last page. */
    next_cursor: cursorSchema,
  }),
  async ask({ client, given, now }) {
    const { params, window } = readWindow(given, now);
    const { rows, next_cursor } = await askSlice(given, (slice) =>
      client.toolUsage.query({ ...params, ...slice }),
    );
    return { window, tools: rows, next_cursor };
  },
});

export const reliability = defineRoute({
  path: '/v1/analytics/reliability',
  summary: 'How do the calls of each tool by each model fail? A page, most failures first.',
  parameters: { ...windowParameters, ...sliceParameters },
  pipes: [reliabilityMatrix],
  answer: z.strictObject({
    window: windowSchema,
    reliability: rowsSchema(reliabilityMatrix),
    /** Cursor of the next page; null on the last page. */
    next_cursor: cursorSchema,
  }),
  async ask({ client, given, now }) {
    const { params, window } = readWindow(given, now);
    const { rows, next_cursor } = await askSlice(given, (slice) =>
      client.reliabilityMatrix.query({ ...params, ...slice }),
    );
    return { window, reliability: rows, next_cursor };
  },
});
