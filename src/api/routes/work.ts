/** The routes about what work is made of: entities, their links, what each cost, threads and prompts. */
import * as z from 'zod/mini';
import {
  anomalies as anomaliesPipe,
  correlation as correlationPipe,
  entities as entitiesPipe,
  entityLinks,
  promptEffectiveness,
  threadTopology,
} from '../../pipes/index.js';
import { entitiesOrder } from '../../pipes/entities.js';
import { promptsOrder } from '../../pipes/prompt-effectiveness.js';
import { threadTopologyOrder } from '../../pipes/thread-topology.js';
import { correlationOrder } from '../../pipes/correlation.js';
import { rowsSchema } from '../../store/row-schema.js';
import { defineRoute } from '../route.js';
import { askAfter, askSlice, cursorSchema, sliceParameters } from '../slice.js';
import { readWindow, windowParameters, windowSchema } from '../window.js';

export const entities = defineRoute({
  path: '/v1/entities',
  summary:
    'Which sessions, commits, pull requests, tasks and features are there, and in which state? A page.',
  parameters: { ...windowParameters, ...sliceParameters },
  pipes: [entitiesPipe],
  answer: z.strictObject({
    window: windowSchema,
    entities: rowsSchema(entitiesPipe),
    /** Cursor of the next page; null on the last page. */
    next_cursor: cursorSchema,
  }),
  async ask({ client, given, now }) {
    const { params, window } = readWindow(given, now);
    const { rows, next_cursor } = await askAfter(given, { name: 'entities', order: entitiesOrder }, (slice) =>
      client.entities.query({ ...params, ...slice }),
    );
    return { window, entities: rows, next_cursor };
  },
});

export const links = defineRoute({
  path: '/v1/entity-links',
  summary: 'How are these linked, by what, and how surely? A page.',
  parameters: { ...windowParameters, ...sliceParameters },
  pipes: [entityLinks],
  answer: z.strictObject({
    window: windowSchema,
    links: rowsSchema(entityLinks),
    /** Cursor of the next page; null on the last page. */
    next_cursor: cursorSchema,
  }),
  async ask({ client, given, now }) {
    const { params, window } = readWindow(given, now);
    const { rows, next_cursor } = await askSlice(given, (slice) =>
      client.entityLinks.query({ ...params, ...slice }),
    );
    return { window, links: rows, next_cursor };
  },
});

export const correlation = defineRoute({
  path: '/v1/analytics/correlation',
  summary:
    'Which feature, task, session, commit and pull request does each part of the cost belong to? A page.',
  parameters: { ...windowParameters, ...sliceParameters },
  pipes: [correlationPipe],
  answer: z.strictObject({
    window: windowSchema,
    correlation: rowsSchema(correlationPipe),
    /** Cursor of the next page; null on the last page. */
    next_cursor: cursorSchema,
  }),
  async ask({ client, given, now }) {
    const { params, window } = readWindow(given, now);
    const { rows, next_cursor } = await askAfter(
      given,
      { name: 'correlation', order: correlationOrder },
      (slice) => client.correlation.query({ ...params, ...slice }),
    );
    return { window, correlation: rows, next_cursor };
  },
});

export const threads = defineRoute({
  path: '/v1/threads',
  summary: 'How do sessions branch into subagents? A page.',
  parameters: { ...windowParameters, ...sliceParameters },
  pipes: [threadTopology],
  answer: z.strictObject({
    window: windowSchema,
    topology: rowsSchema(threadTopology),
    /** Cursor of the next page; null on the last page. */
    next_cursor: cursorSchema,
  }),
  async ask({ client, given, now }) {
    const { params, window } = readWindow(given, now);
    const { rows, next_cursor } = await askAfter(
      given,
      { name: 'thread-topology', order: threadTopologyOrder },
      (slice) => client.threadTopology.query({ ...params, ...slice }),
    );
    return { window, topology: rows, next_cursor };
  },
});

export const prompts = defineRoute({
  path: '/v1/prompts',
  summary: 'How much rework followed each prompt? A page.',
  parameters: { ...windowParameters, ...sliceParameters },
  pipes: [promptEffectiveness],
  answer: z.strictObject({
    window: windowSchema,
    prompts: rowsSchema(promptEffectiveness),
    /** Cursor of the next page; null on the last page. */
    next_cursor: cursorSchema,
  }),
  async ask({ client, given, now }) {
    const { params, window } = readWindow(given, now);
    const { rows, next_cursor } = await askAfter(
      given,
      { name: 'prompt-effectiveness', order: promptsOrder },
      (slice) => client.promptEffectiveness.query({ ...params, ...slice }),
    );
    return { window, prompts: rows, next_cursor };
  },
});

export const anomalies = defineRoute({
  path: '/v1/anomalies',
  summary: 'Which days and weeks are far from what is usual?',
  parameters: windowParameters,
  pipes: [anomaliesPipe],
  answer: z.strictObject({ window: windowSchema, anomalies: rowsSchema(anomaliesPipe) }),
  async ask({ client, given, now }) {
    const { params, window } = readWindow(given, now);
    return { window, anomalies: await client.anomalies.query(params) };
  },
});
