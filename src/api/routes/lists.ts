/** The routes that list what a pipe answers for a window: agents, skills, hints, limits, tasks, coverage. */
import * as z from 'zod/mini';
import {
  agentUsageSummary,
  coverage as coveragePipe,
  limitWindows,
  optimizationInsights,
  qualityRuns,
  skillFrequency,
  taskFailures,
  taskPhases,
  taskSummary,
  unusedSkills,
  usageHints,
} from '../../pipes/index.js';
import { coverageOrder } from '../../pipes/coverage.js';
import { rowsSchema } from '../../store/row-schema.js';
import { qualityGroups } from '../../pipes/parts/quality-groups.js';
import { byDefault, text, word } from '../parameters.js';
import { defineRoute } from '../route.js';
import { askAfter, askSlice, cursorSchema, sliceParameters } from '../slice.js';
import { readWindow, windowParameters, windowSchema } from '../window.js';

export const agents = defineRoute({
  path: '/v1/agents',
  summary: 'What did each type of subagent do and cost, and how well do they use what they cost?',
  parameters: windowParameters,
  pipes: [agentUsageSummary, optimizationInsights],
  answer: z.strictObject({
    window: windowSchema,
    agents: rowsSchema(agentUsageSummary),
    insights: rowsSchema(optimizationInsights),
  }),
  async ask({ client, given, now }) {
    const { params, window } = readWindow(given, now);
    const [rows, insights] = await Promise.all([
      client.agentUsageSummary.query(params),
      client.optimizationInsights.query(params),
    ]);
    return { window, agents: rows, insights };
  },
});

export const skills = defineRoute({
  path: '/v1/skills',
  summary: 'How often was each skill used, how often did it fail, and which installed skills were not used?',
  parameters: windowParameters,
  pipes: [skillFrequency, unusedSkills],
  answer: z.strictObject({
    window: windowSchema,
    skills: rowsSchema(skillFrequency),
    unused: rowsSchema(unusedSkills),
  }),
  async ask({ client, given, now }) {
    const { params, window } = readWindow(given, now);
    const [rows, unused] = await Promise.all([
      client.skillFrequency.query(params),
      client.unusedSkills.query(params),
    ]);
    return { window, skills: rows, unused };
  },
});

export const hints = defineRoute({
  path: '/v1/hints',
  summary: 'What stands out, and what would it save?',
  parameters: windowParameters,
  pipes: [usageHints],
  answer: z.strictObject({ window: windowSchema, hints: rowsSchema(usageHints) }),
  async ask({ client, given, now }) {
    const { params, window } = readWindow(given, now);
    return { window, hints: await client.usageHints.query(params) };
  },
});

export const limits = defineRoute({
  path: '/v1/limits',
  summary: 'How far is each limit of the plan used, and when does it run out? Each period of the window.',
  parameters: { days: windowParameters.days, from: windowParameters.from, to: windowParameters.to },
  pipes: [limitWindows],
  answer: z.strictObject({ window: windowSchema, limits: rowsSchema(limitWindows) }),
  async ask({ client, given, now }) {
    const { params, window } = readWindow(given, now);
    return { window, limits: await client.limitWindows.query(params) };
  },
});

export const checks = defineRoute({
  path: '/v1/checks',
  summary: 'Which checks did sessions run, how did they end, and what did mending them cost? A page.',
  parameters: {
    ...windowParameters,
    ...sliceParameters,
    group_by: byDefault(word(...qualityGroups), 'class'),
    branch: text('a git branch, or unattributed'),
  },
  pipes: [qualityRuns],
  answer: z.strictObject({
    window: windowSchema,
    group_by: z.enum(qualityGroups),
    checks: rowsSchema(qualityRuns),
    /** Cursor of the next page; null on the last page. */
    next_cursor: cursorSchema,
  }),
  async ask({ client, given, now }) {
    const { params, window } = readWindow(given, now);
    const { group_by = 'class', branch } = given;
    const { rows, next_cursor } = await askSlice(given, (slice) =>
      client.qualityRuns.query({ ...params, ...slice, group_by, ...(branch !== undefined && { branch }) }),
    );
    return { window, group_by, checks: rows, next_cursor };
  },
});

export const tasks = defineRoute({
  path: '/v1/tasks',
  summary: 'How did the tasks of the window go, where did their time go, and why did they fail?',
  parameters: windowParameters,
  pipes: [taskSummary, taskPhases, taskFailures],
  answer: z.strictObject({
    window: windowSchema,
    metrics: rowsSchema(taskSummary),
    phases: rowsSchema(taskPhases),
    failures: rowsSchema(taskFailures),
  }),
  async ask({ client, given, now }) {
    const { params, window } = readWindow(given, now);
    const [metrics, phases, failures] = await Promise.all([
      client.taskSummary.query(params),
      client.taskPhases.query(params),
      client.taskFailures.query(params),
    ]);
    return { window, metrics, phases, failures };
  },
});

export const coverage = defineRoute({
  path: '/v1/coverage',
  summary: 'How complete are the figures? A page of sessions and days, the newest day first.',
  parameters: { ...windowParameters, ...sliceParameters },
  pipes: [coveragePipe],
  answer: z.strictObject({
    window: windowSchema,
    coverage: rowsSchema(coveragePipe),
    /** Cursor of the next page; null on the last page. */
    next_cursor: cursorSchema,
  }),
  async ask({ client, given, now }) {
    const { params, window } = readWindow(given, now);
    const { rows, next_cursor } = await askAfter(given, { name: 'coverage', order: coverageOrder }, (slice) =>
      client.coverage.query({ ...params, ...slice }),
    );
    return { window, coverage: rows, next_cursor };
  },
});
