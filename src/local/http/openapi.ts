/** Describes endpoints as OpenAPI: `/v0/pipes/openapi.json`. */
import type { Parameter } from '../template/parameters.js';
import type { CompiledPipe } from '../workspace/project.js';
import { parseType, valueType } from '../columns/type.js';
import { hasScope, type AppContext, type ServerContext } from './context.js';

/** The endpoints that the token of the request may read, with their parameters and the columns of their answers. */
export function describeEndpoints(c: AppContext, server: ServerContext) {
  const { workspace } = server;
  const endpoints = [...workspace.project.pipes.values()].filter(
    ({ pipe }) => pipe.endpoint !== undefined && hasScope(c, server, ['PIPES:READ'], pipe.name),
  );
  const described = endpoints.map((one) => [`/pipes/${one.pipe.name}.json`, { get: operation(server, one) }]);
  return {
    openapi: '3.0.0',
    info: { title: workspace.name, version: '1.0.0' },
    servers: [{ url: `${new URL(c.req.url).origin}/v0` }],
    paths: Object.fromEntries(described) as unknown,
    components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
    security: [{ token: [] }],
  };
}

function operation({ workspace }: ServerContext, { pipe, parameters }: CompiledPipe) {
  const columns = workspace.saved.columns[`${pipe.name}.${pipe.endpoint ?? ''}`] ?? [];
  const row = {
    type: 'object',
    properties: Object.fromEntries(columns.map(({ name, type }) => [name, schemaOf(type)])),
  };
  const answer = {
    type: 'object',
    properties: {
      meta: { type: 'array', items: { type: 'object' } },
      data: { type: 'array', items: row },
      rows: { type: 'integer' },
      statistics: { type: 'object' },
    },
  };
  return {
    operationId: pipe.name,
    summary: pipe.description,
    parameters: parameters.map(presentParameter),
    responses: { 200: { description: 'The rows', content: { 'application/json': { schema: answer } } } },
  };
}

function presentParameter({ name, type, required, description, ...rest }: Parameter) {
  const schema = { ...schemaOf(type), default: rest.default };
  return { name, in: 'query', required, description, schema };
}

type Schema = { type?: string; nullable?: true; items?: object };

/** A type of ClickHouse or of a parameter; any value for one that JSON writes in more than one way. */
function schemaOf(text: string): Schema {
  const type = valueType(parseType(text));
  if (type.name === 'Nullable') return { ...schemaOf(type.args[0]?.text ?? ''), nullable: true };
  if (/^(?:U?Int\d*|Integer)$/.test(type.name)) return { type: 'integer' };
  if (/^(?:B?Float|Decimal)\d*$/.test(type.name)) return { type: 'number' };
  if (/^bool(?:ean)?$/i.test(type.name)) return { type: 'boolean' };
  if (type.name === 'Array') return { type: 'array', items: schemaOf(type.args[0]?.text ?? 'String') };
  if (/^(?:Map|JSON|Object)$/.test(type.name)) return { type: 'object' };
  return /^(?:Tuple|Nested|Variant|Dynamic|AggregateFunction)$/.test(type.name) ? {} : { type: 'string' };
}
