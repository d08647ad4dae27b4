/** The route that runs a copy pipe. */
import type { Hono } from 'hono';
import { startCopy } from '../workspace/copy.js';
import { requireAdmin, type AppEnv, type ServerContext } from './context.js';
import { readCall } from './parameters.js';

/** `POST /v0/pipes/NAME/copy` copies before it answers: the job that the answer names has ended. */
export function copyRoutes(app: Hono<AppEnv>, server: ServerContext): void {
  app.post('/v0/pipes/:name/copy', async (c) => {
    requireAdmin(c);
    const { parameters } = await readCall(c.req.raw, server.maxBodyBytes, false);
    const job = await startCopy(server.workspace, c.req.param('name'), parameters);
    const job_url = new URL(`/v0/jobs/${job.id}`, c.req.url).href;
    return c.json({ ...job, job_url, job: { ...job, job_url } });
  });
}
