/** Describes the API in OpenAPI, from the routes' own schemas. */
import * as z from 'zod/mini';
import { errorKinds } from './error.js';
import type { Route } from './route.js';
import * as routes from './routes/index.js';

/** The answer to a failed request. */
export const errorSchema = z.strictObject({
  error: z.strictObject({ kind: z.enum(errorKinds), message: z.string() }),
});

/** The answer of `/health`. */
export const healthSchema = z.strictObject({
  status: z.literal('ok'),
  /** Which listener this is: atel-api or atel-dashboard. */
  service: z.string(),
  /** Version of atel. */
  version: z.string(),
  uptimeSec: z.int().check(z.gte(0)),
  /** Requests that wait for an answer of the store. */
  queue: z.int().check(z.gte(0)),
});

const json = (schema: z.ZodMiniType, description: string) => ({
  description,
  content: { 'application/json': { schema: schemaOf(schema) } },
});

/** Zod's JSON Schema in the draft that OpenAPI 3.1 uses. */
function schemaOf(schema: z.ZodMiniType, io: 'input' | 'output' = 'output') {
  const { $schema, ...rest } = z.toJSONSchema(schema, {
    target: 'draft-2020-12',
    io,
    unrepresentable: 'any',
  });
  return rest;
}

const failures = {
  400: json(errorSchema, 'A parameter is unknown or wrong.'),
  403: json(errorSchema, 'The request comes from another host or origin.'),
  404: json(errorSchema, 'There is no such thing.'),
  503: json(errorSchema, 'The store does not answer.'),
};

/** For a route with a window, which may have ended. */
const kept = { 304: { description: 'The window has ended, and If-None-Match has the tag of the answer.' } };

/**
 * The OpenAPI 3.1 description of the API, from the routes' schemas. The build writes it to a file, so that the server
 * need not load the definitions of the pipes.
 */
export function openApi(version: string) {
  const all: readonly Route[] = Object.values(routes);
  return {
    openapi: '3.1.0',
    info: {
      title: 'agent-telemetry',
      version,
      description:
        'What Claude Code agents, skills and sessions did and what they cost. Tokens are counts, `*_ms` milliseconds, `*_usd` USD at list price, rates 0 to 1; null is unknown.',
    },
    paths: {
      '/health': { get: { summary: 'Is it there?', responses: { 200: json(healthSchema, 'It is.') } } },
      ...Object.fromEntries(
        all.map((route) => [route.path.replace(':id', '{id}'), { get: operation(route) }]),
      ),
      '/v1/live': {
        get: {
          summary:
            'Server-sent events: `ready` at once, with the tables that each address reads; then `stored`, with the tables that something was stored in.',
          responses: {
            200: { description: 'Events.', content: { 'text/event-stream': { schema: { type: 'string' } } } },
          },
        },
      },
    },
  };
}

function operation({ path, summary, parameters, answer }: Route) {
  return {
    summary,
    parameters: [
      ...(path.includes(':id')
        ? [
            {
              name: 'id',
              in: 'path',
              required: true,
              schema: { type: 'string' },
              description: 'A session id',
            },
          ]
        : []),
      ...Object.entries(parameters).map(([name, { takes, schema }]) => ({
        name,
        in: 'query',
        required: false,
        description: takes,
        schema: schemaOf(schema, 'input'),
      })),
    ],
    responses: { 200: json(answer, 'The answer.'), ...('to' in parameters ? kept : {}), ...failures },
  };
}
