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
import { mostExpensiveFirst } from '../../pipes/parts/cost-breakdown.js';
import type { PageOrder } from '../../pipes/parts/page-order.js';
import { costByBranchOrder } from '../../pipes/cost-by-branch.js';
import { costByCommitOrder } from '../../pipes/cost-by-commit.js';
import { costByDayOrder } from '../../pipes/cost-by-day.js';
import { costByFeatureOrder } from '../../pipes/cost-by-feature.js';
import { costByPrOrder } from '../../pipes/cost-by-pr.js';
import { costByTaskOrder } from '../../pipes/cost-by-task.js';
import { costByToolOrder } from '../../pipes/cost-by-tool.js';
import { reliabilityOrder } from '../../pipes/reliability-matrix.js';
import { toolUsageOrder } from '../../pipes/tool-usage.js';
import { periodNames } from '../../pipes/parts/period-names.js';
import { rowsSchema } from '../../store/row-schema.js';
import { badRequest } from '../error.js';
import { word } from '../parameters.js';
import { defineRoute } from '../route.js';
import { askAfter, cursorSchema, MOST_ROWS, sliceParameters } from '../slice.js';
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
    const by = async <G extends string, Row extends Readonly<Record<string, unknown>>>(
      group: G,
      pipe: { query: (asked: typeof params & { limit: number; after?: string }) => Promise<Row[]> },
      order: PageOrder,
    ) => {
      const { rows, next_cursor } = await askAfter(given, { name: group, order }, (slice) =>
        pipe.query({ ...params, ...slice }),
      );
      return { window, group_by: group, parts: rows, next_cursor };
    };
    switch (groupBy) {
      case undefined: {
        if (given.cursor !== undefined) throw badRequest('cursor needs group_by');
        const parts = await client.costByPart.query({ ...params, limit: given.limit ?? MOST_ROWS });
        return { window, group_by: 'part' as const, parts, next_cursor: null };
      }
      case 'model':
        return by(groupBy, client.costByModel, mostExpensiveFirst('model'));
      case 'agent':
        return by(groupBy, client.costByAgent, mostExpensiveFirst('agent_type'));
      case 'skill':
        return by(groupBy, client.costBySkill, mostExpensiveFirst('skill_name'));
      case 'project':
        return by(groupBy, client.costByProject, mostExpensiveFirst('project_name'));
      case 'day':
        return by(groupBy, client.costByDay, costByDayOrder);
      case 'branch':
        return by(groupBy, client.costByBranch, costByBranchOrder);
      case 'commit':
        return by(groupBy, client.costByCommit, costByCommitOrder);
      case 'pr':
        return by(groupBy, client.costByPr, costByPrOrder);
      case 'task':
        return by(groupBy, client.costByTask, costByTaskOrder);
      case 'feature':
        return by(groupBy, client.costByFeature, costByFeatureOrder);
      case 'tool':
        return by(groupBy, client.costByTool, costByToolOrder);
      case 'session_type':
        return by(groupBy, client.costBySessionType, mostExpensiveFirst('session_type'));
      case 'device':
        return by(groupBy, client.costByDevice, mostExpensiveFirst('device'));
      case 'user':
        return by(groupBy, client.costByUser, mostExpensiveFirst('user'));
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
    const { rows, next_cursor } = await askAfter(given, { name: 'tools', order: toolUsageOrder }, (slice) =>
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
    const { rows, next_cursor } = await askAfter(
      given,
      { name: 'reliability', order: reliabilityOrder },
      (slice) => client.reliabilityMatrix.query({ ...params, ...slice }),
    );
    return { window, reliability: rows, next_cursor };
  },
});
