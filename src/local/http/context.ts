/** The context of a request: its workspace and what its token may do. */
import type { Context, Env } from 'hono';
import type { Datasource } from '../datafile/types.js';
import { ApiError } from '../errors.js';
import type { JwtScope } from '../jwt.js';
import { grantsOf, type Access, type Scope, type TokenScope } from '../tokens.js';
import type { Tenant, Workspaces } from '../workspaces.js';
import type { AnswerCache } from './answer-cache.js';
import type { AllowedPages } from '../../base/loopback/guard.js';
import type { ListenerHealth } from '../../base/loopback/health.js';

/** What every route needs. */
export interface ServerContext extends Pick<Tenant, 'workspace' | 'tokens'> {
  /** All workspaces of the server; `workspace` is the one of the request's token. */
  workspaces: Workspaces;
  maxBodyBytes: number;
  maxFileBytes: number;
  answers: AnswerCache;
  pages: AllowedPages;
  health: () => Promise<ListenerHealth>;
}

/** Set by the token check before a route runs. */
export interface AppEnv extends Env {
  Variables: { access: Access };
}

export type AppContext = Context<AppEnv>;

/** Refuses everyone but an administrator. */
export function requireAdmin(c: AppContext): void {
  const access = c.get('access');
  if (access.kind === 'admin') return;
  throw new ApiError(
    403,
    `Token "${access.name}" is not an administrator: ${c.req.method} ${c.req.path} needs one`,
  );
}

/** Refuses a token that does not have one of the scopes on the resource. */
export function requireScope(
  c: AppContext,
  server: ServerContext,
  types: readonly Scope['type'][],
  resource: string,
): void {
  const access = c.get('access');
  if (access.kind === 'admin' || hasScope(c, server, types, resource)) return;
  throw new ApiError(403, `Token "${access.name}" lacks the scope ${types.join(' or ')} on "${resource}"`);
}

/** Whether a token has one of the scopes on the resource. */
export function hasScope(
  c: AppContext,
  server: ServerContext,
  types: readonly Scope['type'][],
  resource: string,
): boolean {
  const access = c.get('access');
  if (access.kind === 'admin') return true;
  const scopes: readonly TokenScope[] =
    access.kind === 'jwt'
      ? access.jwt.scopes
      : (access.scopes ?? grantsOf(server.workspace.project).get(access.name) ?? []);
  const fits = (one: TokenScope) =>
    one.type !== 'ADMIN' && one.resource === resource && types.includes(one.type);
  return scopes.some(fits);
}

/** The scopes of a JWT on a resource, for its fixed parameters and filters; none for any other token. */
export function jwtScopes(c: AppContext, type: Scope['type'], resource: string): JwtScope[] {
  const access = c.get('access');
  if (access.kind !== 'jwt') return [];
  return access.jwt.scopes.filter((scope) => scope.type === type && scope.resource === resource);
}

/** A deployed datasource. @throws {ApiError} 404 */
export function findDatasource(server: ServerContext, name: string): Datasource {
  const datasource = server.workspace.project.datasources.get(name);
  if (!datasource) throw new ApiError(404, `Data Source "${name}" does not exist`);
  return datasource;
}
