/** Describes the API in OpenAPI, from the routes' own schemas. */
import * as z from 'zod/mini';
import { ruleInput } from '../alerts/rule.js';
import { acceptedSchema } from './alert-rules.js';
import { errorKinds } from './error.js';
import { meanings } from './meanings.js';
import type { Route } from './route.js';
import * as routes from './routes/index.js';

/** The answer to a failed request. */
export const errorSchema = z
  .strictObject({
    error: z.strictObject({ kind: z.enum(errorKinds), message: z.string() }),
  })
  .check(z.meta({ component: 'Error' }));

/** The answer of `/health`. */
export const healthSchema = z
  .strictObject({
    status: z.literal('ok'),
    /** Which listener this is: atel-api or atel-dashboard. */
    service: z.string(),
    /** Version of atel. */
    version: z.string(),
    uptimeSec: z.int().check(z.gte(0)),
    /** Requests that wait for an answer of the store. */
    queue: z.int().check(z.gte(0)),
  })
  .check(z.meta({ component: 'Health' }));

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
  405: json(errorSchema, 'The method is not GET or HEAD; Allow names those.'),
  500: json(errorSchema, 'The API itself failed; the log of atel says why.'),
};

const storeFailures = {
  502: json(errorSchema, 'The store answers with an error.'),
  503: json(errorSchema, 'The store does not answer, or is too busy to.'),
  504: json(errorSchema, 'The store did not answer in time.'),
};

const conflict = { 409: json(errorSchema, 'There is a rule of this name already.') };

const notFound = { 404: json(errorSchema, 'There is no such thing.') };

/** For a route with a window, which may have ended. */
const kept = { 304: { description: 'The window has ended, and If-None-Match has the tag of the answer.' } };

/**
 * The OpenAPI 3.1 description of the API, from the routes' schemas. The build writes it to a file, so that the server
 * need not load the definitions of the pipes.
 */
export function openApi(version: string) {
  const all: readonly [name: string, route: Route][] = Object.entries(routes);
  return named({
    openapi: '3.1.0',
    info: {
      title: 'agent-telemetry',
      version,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      description:
        'What Claude Code agents, skills and sessions did and what they cost. Tokens are counts, `*_ms` milliseconds, `*_usd` USD at list price, rates 0 to 1; null is unknown. Times in rows are UTC, `YYYY-MM-DD HH:MM:SS.mmm`.',
    },
    servers: [
      {
        url: 'http://127.0.0.1:{port}',
        description: 'This machine alone',
        variables: { port: { default: '8318', description: 'Setting api_port' } },
      },
    ],
    // No token is needed: the server answers this machine alone.
    security: [],
    tags: [
      { name: 'figures', description: 'What was recorded, from the pipes' },
      { name: 'server', description: 'The server itself' },
    ],
    paths: {
      '/health': {
        get: {
          operationId: 'health',
          tags: ['server'],
          summary: 'Is it there?',
          responses: { 200: json(healthSchema, 'It is.'), ...failures },
        },
      },
      ...Object.fromEntries(
        all.map(([name, route]) => [
          route.path.replace(':id', '{id}'),
          {
            get: operation(name, route),
            ...(route.path === '/v1/alerts' ? { post: saves('addAlert') } : {}),
          },
        ]),
      ),
      '/v1/alerts/{rule}': {
        parameters: [
          {
            name: 'rule',
            in: 'path',
            required: true,
            schema: { type: 'string' },
            description: 'A name of a rule',
          },
        ],
        patch: saves('editAlert'),
        delete: saves('removeAlert'),
      },
      '/metrics': {
        get: {
          operationId: 'metrics',
          tags: ['figures'],
          summary: 'The totals of all time, in the text format of Prometheus.',
          description: 'Also at /api/analytics/export/prometheus.',
          responses: {
            200: { description: 'Metrics.', content: { 'text/plain': { schema: { type: 'string' } } } },
            ...failures,
            ...storeFailures,
          },
        },
      },
      '/v1/live': {
        get: {
          operationId: 'live',
          tags: ['server'],
          summary:
            'Server-sent events: `ready` at once, with the tables that each address reads, and those that something was stored in since the event of Last-Event-ID; then `stored`, with the tables that something was stored in.',
          responses: {
            200: { description: 'Events.', content: { 'text/event-stream': { schema: { type: 'string' } } } },
            ...failures,
          },
        },
      },
    },
  });
}

/** The operations that write. Each is done when a drain has delivered it, a moment after the answer. */
const writing = {
  addAlert: 'Saves a new rule of an alert or a budget.',
  editAlert: 'Changes some values of a rule; null removes one.',
  removeAlert: 'Removes a rule.',
} as const;

function saves(name: keyof typeof writing) {
  const body = name === 'addAlert' ? schemaOf(ruleInput, 'input') : { type: 'object' };
  return {
    operationId: name,
    tags: ['figures'],
    summary: writing[name],
    ...(name === 'removeAlert'
      ? {}
      : { requestBody: { required: true, content: { 'application/json': { schema: body } } } }),
    responses: {
      202: json(acceptedSchema, 'Accepted: it is stored a moment later.'),
      ...failures,
      ...(name === 'addAlert' ? conflict : notFound),
      ...storeFailures,
    },
  };
}

function operation(name: string, { path, aliases = [], summary, parameters, answer }: Route) {
  const isAboutOne = path.includes(':id');
  return {
    operationId: name,
    tags: ['figures'],
    summary,
    ...(aliases.length === 0 ? {} : { description: `Also at ${aliases.join(', ')}.` }),
    parameters: [
      ...(isAboutOne
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
      ...Object.entries(parameters).map(([parameter, { takes, schema, byDefault, readAs }]) => ({
        name: parameter,
        in: 'query',
        required: false,
        description: takes,
        schema: {
          ...(readAs ?? schemaOf(schema, 'input')),
          ...(byDefault === undefined ? {} : { default: byDefault }),
        },
      })),
    ],
    responses: {
      200: json(answer, 'The answer.'),
      ...('to' in parameters ? kept : {}),
      ...failures,
      ...(isAboutOne ? notFound : {}),
      ...storeFailures,
    },
  };
}

/**
 * Puts the schemas that have a name (`component`, or the pipe whose row it is) into the components of the document, once
 * each, and refers to them where they are used.
 */
function named<Document extends object>(document: Document) {
  const schemas: Record<string, unknown> = {};
  const walk = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(walk);
    if (typeof value !== 'object' || value === null) return value;
    const { component, pipe, ...rest } = value as Record<string, unknown>;
    const walked = Object.fromEntries(
      Object.entries(rest).map(([key, one]) => [
        key,
        key === 'properties' ? described(walk(one)) : walk(one),
      ]),
    );
    const name = typeof component === 'string' ? component : componentOf(pipe, rest.type);
    if (name === undefined) return walked;
    schemas[name] = walked;
    return { $ref: `#/components/schemas/${name}` };
  };
  const paths = walk(document) as Document;
  return { ...paths, components: { schemas } };
}

/** The properties of an object, each with its meaning. */
function described(properties: unknown): unknown {
  if (typeof properties !== 'object' || properties === null) return properties;
  return Object.fromEntries(
    Object.entries(properties).map(([name, schema]: [string, object]) => [
      name,
      { ...schema, ...(Object.hasOwn(meanings, name) ? { description: meanings[name] } : {}) },
    ]),
  );
}

/** `CostByModelRow` for a row of the pipe cost_by_model, `CostByModelRows` for a list of them. */
function componentOf(pipe: unknown, type: unknown): string | undefined {
  if (typeof pipe !== 'string') return undefined;
  const words = pipe.split('_').map((word) => word.charAt(0).toUpperCase() + word.slice(1));
  return `${words.join('')}${type === 'array' ? 'Rows' : 'Row'}`;
}
