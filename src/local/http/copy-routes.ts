/** Routes that run copy pipes and populate materialized views. */
import type { Hono } from 'hono';
import { ApiError } from '../errors.js';
import { renewStoreId } from '../store-id.js';
import { pauseCopy, startCopy } from '../workspace/copy.js';
import type { Job } from '../workspace/jobs.js';
import { startPopulation } from '../workspace/populate.js';
import { requireAdmin, type AppContext, type AppEnv, type ServerContext } from './context.js';
import { readCall } from './parameters.js';

/**
 * `POST /v0/pipes/NAME/copy` and `POST /v0/pipes/NAME/nodes/NODE/population` store the rows before they answer: the job
 * that the answer names has ended. `POST /v0/pipes/NAME/copy/pause` and `…/resume` stop and start the schedule of a copy
 * pipe.
 */
export function copyRoutes(app: Hono<AppEnv>, server: ServerContext): void {
  const { workspace } = server;
  app.post('/v0/pipes/:name/copy', async (c) => {
    requireAdmin(c);
    const { parameters } = await readCall(c.req.raw, server.maxBodyBytes, false);
    const mode = parameters.get('_mode');
    parameters.delete('_mode');
    if (mode !== undefined && mode !== 'append' && mode !== 'replace')
      throw new ApiError(400, `_mode is append or replace, not "${String(mode)}"`);
    return c.json(present(c, await startCopy(workspace, c.req.param('name'), parameters, mode)));
  });
  for (const action of ['pause', 'resume'] as const) {
    app.post(`/v0/pipes/:name/copy/${action}`, (c) =>
      workspace.inTurn(async () => {
        requireAdmin(c);
        const name = c.req.param('name');
        await pauseCopy(workspace, name, action === 'pause');
        return c.json({ id: name, name, copy_status: action === 'pause' ? 'paused' : 'running' });
      }),
    );
  }
  app.post('/v0/pipes/:name/nodes/:node/population', async (c) => {
    requireAdmin(c);
    const { parameters } = await readCall(c.req.raw, server.maxBodyBytes, false);
    const truncate = parameters.get('truncate') === 'true';
    const given = parameters.get('populate_condition');
    const condition = typeof given === 'string' && given.trim() !== '' ? given : undefined;
    const { name, node } = c.req.param();
    const subset = subsetOf(parameters.get('populate_subset'));
    const job = await startPopulation(workspace, name, node, { truncate, condition, subset });
    if (truncate) await renewStoreId(workspace.folder);
    return c.json(present(c, job));
  });
}

/** The part of the rows that are enough: at most a tenth, as in Tinybird. */
function subsetOf(given: string | readonly string[] | undefined): number | undefined {
  if (given === undefined) return undefined;
  const subset = typeof given === 'string' && given.trim() !== '' ? Number(given) : NaN;
  if (subset > 0 && subset <= 0.1) return subset;
  throw new ApiError(400, `populate_subset is a number above 0 and up to 0.1, not "${String(given)}"`);
}

function present(c: AppContext, job: Job) {
  const job_url = new URL(`/v0/jobs/${job.id}`, c.req.url).href;
  return { ...job, job_url, job: { ...job, job_url } };
}
