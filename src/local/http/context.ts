/** The context of a request: its workspace and what its token may do. */
import type { Context, Env } from 'hono';
import { ApiError } from '../errors.js';
import { grantsOf, type Access, type Scope, type TokenRegistry } from '../tokens.js';
import type { AnswerCache } from './answer-cache.js';
import type { AllowedPages } from '../../base/loopback/guard.js';
import type { ListenerHealth } from '../../base/loopback/health.js';
import type { Workspace } from '../workspace/workspace.js';

/** What every route needs. */
export interface ServerContext {
  workspace: Workspace;
  tokens: TokenRegistry;
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
  if (access.kind === 'admin') return;
  const scopes = grantsOf(server.workspace.project).get(access.name) ?? [];
  if (scopes.some((scope) => scope.resource === resource && types.includes(scope.type))) return;
  throw new ApiError(403, `Token "${access.name}" lacks the scope ${types.join(' or ')} on "${resource}"`);
}
