/** The tools of the MCP server: each asks pipes and passes their rows on. */
import * as z from 'zod/mini';
import type { EpochMs } from '../base/time/units.js';
import { eachFilter, givenFilters } from '../pipes/parts/filters.js';
import { groupNames } from '../pipes/parts/group-names.js';
import { qualityGroups } from '../pipes/parts/quality-groups.js';
import type { Ask } from '../store/question-types.js';
import { described, readWindow, windowShape } from './window.js';

/** What a tool works with. */
interface Request<Shape extends z.core.$ZodShape> {
  ask: Ask;
  given: z.infer<z.ZodMiniObject<Shape, z.core.$strict>>;
  now: EpochMs;
}

/** One tool. */
interface Tool<Shape extends z.core.$ZodShape> {
  title: string;
  description: string;
  shape: Shape;
  /** What the numbers of its answer are. */
  units: string;
  answer: (request: Request<Shape>) => Promise<object>;
}

/** A tool that reads its parameters itself. @throws {Error} for wrong ones */
function tool<Shape extends z.core.$ZodShape>({ answer, ...described }: Tool<Shape>) {
  const schema = z.strictObject(described.shape);
  return {
    ...described,
    schema,
    answer: (raw: unknown, ask: Ask, now: EpochMs) => answer({ ask, given: schema.parse(raw), now }),
  };
}

const MONEY =
  'Money is USD at list price. Tokens are counts, rates 0 to 1, *_ms milliseconds; null is unknown.';

/** How many rows an answer has by default, and at most. */
const USUAL_ROWS = 20;
const MOST_ROWS = 100;

const limit = described(
  z.optional(z.int().check(z.gte(1), z.lte(MOST_ROWS))),
  `How many rows. Default: ${USUAL_ROWS}.`,
);

const filters = eachFilter((takes) => described(z.optional(z.string()), `Only ${takes}.`));

export const tools = {
  usage: tool({
    title: 'Usage and cost',
    description:
      'What Claude Code used and cost in a window, compared with the window of the same length before it: cost, requests, sessions, tokens, cache hit rate.',
    shape: { ...windowShape, ...filters },
    units: `${MONEY} change is a share of the value before.`,
    async answer({ ask, given, now }) {
      const { params, window } = readWindow(given, now);
      return { window, metrics: await ask('usageTotals', { ...params, ...givenFilters(given) }) };
    },
  }),
  cost_by: tool({
    title: 'Cost by part',
    description:
      'What each model, family of models, type of agent, skill, project, git branch, session, type of session, machine or user cost, most expensive first. Every request is in exactly one row; unattributed and unknown have what belongs to none.',
    shape: { by: described(z.enum(groupNames), 'What to group by.'), ...windowShape, ...filters, limit },
    units: `${MONEY} cost_share is the share of all priced requests of the window.`,
    async answer({ ask, given, now }) {
      const { params, window } = readWindow(given, now);
      const parts = await ask('usageBreakdown', {
        ...{ ...params, ...givenFilters(given) },
        group_by: given.by,
        limit: given.limit ?? USUAL_ROWS,
      });
      return { window, by: given.by, parts };
    },
  }),
  outcomes: tool({
    title: 'Outcomes',
    description:
      'What became of the work that was paid for: merged, open and closed pull requests, commits without one, reverted commits, and the rest (unattributed), which sum to the total; with the cost of a merged pull request, a commit and a completed task, and the checks that passed and failed.',
    shape: { branch: filters.branch, ...windowShape },
    units: MONEY,
    async answer({ ask, given, now }) {
      const { params, window } = readWindow(given, now);
      const { branch } = given;
      const asked = { ...params, ...(branch !== undefined && { branch }) };
      const [outcomes, delivery, checks, efficiency] = await Promise.all([
        ask('outcomes', asked),
        ask('delivery', asked),
        ask('qualityRuns', asked),
        // Neither tool calls nor tasks have a branch.
        branch === undefined ? ask('efficiency', params) : [],
      ]);
      return { window, outcomes, delivery, efficiency, checks };
    },
  }),
  tools_used: tool({
    title: 'Tool calls',
    description:
      'Which tools were called, how often and how they failed, and how often a failed call was tried again.',
    shape: { ...windowShape, limit },
    units: MONEY,
    async answer({ ask, given, now }) {
      const { params, window } = readWindow(given, now);
      return { window, tools: await ask('toolUsage', { ...params, limit: given.limit ?? USUAL_ROWS }) };
    },
  }),
  checks: tool({
    title: 'Checks',
    description:
      'The tests, linters, type checks, builds and deployments that sessions ran: how they ended, how many tries the first pass took, what mending failed ones cost.',
    shape: {
      by: described(z.optional(z.enum(qualityGroups)), 'What to group by. Default: class.'),
      ...windowShape,
      limit,
    },
    units: MONEY,
    async answer({ ask, given, now }) {
      const { params, window } = readWindow(given, now);
      const { by = 'class' } = given;
      const checks = await ask('qualityRuns', { ...params, group_by: by, limit: given.limit ?? USUAL_ROWS });
      return { window, by, checks };
    },
  }),
  sessions: tool({
    title: 'Sessions',
    description: 'The sessions of a window, the last active first, with their cost, tokens and tool calls.',
    shape: { ...windowShape, limit },
    units: `${MONEY} Times are UTC.`,
    async answer({ ask, given, now }) {
      const { params, window } = readWindow(given, now);
      return { window, sessions: await ask('sessionList', { ...params, limit: given.limit ?? USUAL_ROWS }) };
    },
  }),
  session: tool({
    title: 'One session',
    description:
      'One session with its subagents: what each did and cost. Takes its id or the beginning of it.',
    shape: { id: described(z.string().check(z.minLength(1)), 'The session id, or the beginning of it.') },
    units: `${MONEY} Times are UTC.`,
    async answer({ ask, given }) {
      const found = await ask('sessionList', { ...EVER, session_prefix: given.id, limit: 2 });
      const exact = found.find(({ session_id: id }) => id === given.id);
      const [session = exact, ...others] = exact === undefined ? found : [exact];
      if (session === undefined) throw new TypeError(`there is no session ${JSON.stringify(given.id)}`);
      if (others.length > 0) throw new TypeError(`several sessions begin with ${JSON.stringify(given.id)}`);
      return { session, threads: await ask('sessionThreads', { session_id: session.session_id }) };
    },
  }),
  hints: tool({
    title: 'Hints',
    description:
      'What stands out in a window: expensive types of agents, tools and skills that fail often, a low cache hit rate, skills that are not used; and days and weeks that are far from what is usual (anomalies: cost, failures, velocity).',
    shape: windowShape,
    units: `${MONEY} happened out of out_of; saving_usd is an estimate.`,
    async answer({ ask, given, now }) {
      const { params, window } = readWindow(given, now);
      const [hints, anomalies] = await Promise.all([ask('usageHints', params), ask('anomalies', params)]);
      return { window, hints, anomalies };
    },
  }),
  limits: tool({
    title: 'Limits of the plan',
    description:
      'How far each limit of the plan (five hours, seven days, spend) is used, its pace, and when it runs out if that goes on; current periods first. Empty unless atel is the status line.',
    shape: { days: windowShape.days, from: windowShape.from, to: windowShape.to },
    units:
      'used, forecast_used and forecast_error are shares of the limit, pace_per_hour is a share per hour, *_usd USD; times are UTC; null is unknown.',
    async answer({ ask, given, now }) {
      const { params, window } = readWindow(given, now);
      return { window, limits: await ask('limitWindows', params) };
    },
  }),
  tasks: tool({
    title: 'Tasks',
    description:
      "How the tasks of the user's own tools went, compared with the window before, and why they failed.",
    shape: windowShape,
    units: `${MONEY} change is a share of the value before.`,
    async answer({ ask, given, now }) {
      const { params, window } = readWindow(given, now);
      const [metrics, failures] = await Promise.all([
        ask('taskSummary', params),
        ask('taskFailures', params),
      ]);
      return { window, metrics, failures };
    },
  }),
};

/** All of time. */
const EVER = { from: '1971-01-01 00:00:00' };
