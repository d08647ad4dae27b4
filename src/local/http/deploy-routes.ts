/** Routes that build and deploy a project. */
import type { Hono } from 'hono';
import { ApiError } from '../errors.js';
import { deploy, discard, setLive, type DeployOutcome } from '../workspace/deploy.js';
import type { SourceFile } from '../workspace/project.js';
import type { DeploymentRecord } from '../workspace/state.js';
import type { Workspace } from '../workspace/workspace.js';
import { readForm } from './form.js';
import { requireAdmin, type AppContext, type AppEnv, type ServerContext } from './context.js';

/** A project is code, not data: its size limit is separate from that of the events. */
const maxProjectBytes = 50_000_000;

/** `/v1/build`, `/v1/deploy` and the list of deployments. */
export function deployRoutes(app: Hono<AppEnv>, server: ServerContext): void {
  const oneAtATime: Workspace['inTurn'] = (work) => server.workspace.inTurn(work);
  app.post('/v1/build', (c) => oneAtATime(() => build(c, server)));
  app.post('/v1/deploy', (c) => oneAtATime(() => postDeploy(c, server)));
  app.get('/v1/deployments', (c) => {
    requireAdmin(c);
    const all = c.req.query('include_deleted') === 'true';
    const { deployments } = server.workspace.saved;
    return c.json({
      deployments: deployments
        .filter((one) => all || one.status !== 'deleted')
        .map(present)
        .reverse(),
    });
  });
  app.get('/v1/deployments/:id', (c) => {
    requireAdmin(c);
    return c.json({ result: 'success', deployment: present(findDeployment(server, c.req.param('id'))) });
  });
  app.delete('/v1/deployments/:id', (c) =>
    oneAtATime(async () => {
      requireAdmin(c);
      const record = findDeployment(server, c.req.param('id'));
      if (!(await discard(server.workspace, record.id))) {
        throw new ApiError(400, `Deployment ${record.id} is live and cannot be deleted`);
      }
      return c.json({ result: 'success' });
    }),
  );
  app.post('/v1/deployments/:id/set-live', (c) =>
    oneAtATime(async () => {
      requireAdmin(c);
      const record = findDeployment(server, c.req.param('id'));
      if (record.live) return c.json({ result: 'success', deployment: present(record) });
      const outcome = await setLive(server.workspace, record.id);
      if (!outcome) throw new ApiError(404, `Deployment ${record.id} does not wait to be promoted`);
      return deployAnswer(c, server, outcome);
    }),
  );
}

async function build(c: AppContext, server: ServerContext): Promise<Response> {
  requireAdmin(c);
  const files = await readFiles(c);
  const outcome = await deploy(server.workspace, {
    files,
    kind: 'build',
    allowDestructive: true,
    check: false,
    promote: true,
  });
  if (outcome.result === 'failed') return failed(c, outcome);
  if (outcome.result === 'no_changes') return unchanged(c, outcome);
  await server.tokens.ensure(server.workspace.project);
  const feedback = feedbackOf(outcome);
  return c.json({ result: 'success', build: { id: outcome.record?.id ?? '', feedback, ...outcome.changes } });
}

async function postDeploy(c: AppContext, server: ServerContext): Promise<Response> {
  requireAdmin(c);
  const files = await readFiles(c);
  const isCheck = c.req.query('check') === 'true';
  const outcome = await deploy(server.workspace, {
    files,
    kind: 'deploy',
    allowDestructive: c.req.query('allow_destructive_operations') === 'true',
    check: isCheck,
    promote: c.req.query('auto_promote') === 'true',
  });
  if (isCheck && outcome.result === 'no_changes') return c.json({ result: 'success' });
  return deployAnswer(c, server, outcome);
}

async function deployAnswer(c: AppContext, server: ServerContext, outcome: DeployOutcome): Promise<Response> {
  if (outcome.result === 'failed') return failed(c, outcome);
  if (outcome.result === 'no_changes') return unchanged(c, outcome);
  const { record, changes } = outcome;
  if (!record) return c.json({ result: 'success' });
  await server.tokens.ensure(server.workspace.project);
  const feedback = feedbackOf(outcome);
  return c.json({
    result: 'success',
    deployment: { ...present(record), feedback, ...changes },
  });
}

/** The warnings of what is deployed stay true. */
function unchanged(c: AppContext, outcome: Extract<DeployOutcome, { result: 'no_changes' }>): Response {
  const feedback = feedbackOf(outcome);
  return c.json(feedback.length === 0 ? { result: 'no_changes' } : { result: 'no_changes', feedback });
}

function feedbackOf({ warnings }: Exclude<DeployOutcome, { result: 'failed' }>) {
  return warnings.map(({ filename, error }) => ({
    resource: `${filename.endsWith('.pipe') ? 'Pipe' : 'Datasource'} ${filename}`,
    level: 'WARNING',
    message: error,
  }));
}

function failed(c: AppContext, { problems }: Extract<DeployOutcome, { result: 'failed' }>): Response {
  const errors = problems.map(({ filename, error }) => (filename === '' ? { error } : { filename, error }));
  return c.json({ result: 'failed', errors }, 400);
}

function present({ id, status, live, created_at, updated_at }: DeploymentRecord) {
  return { id, status, live, created_at, updated_at, feedback: [] };
}

function findDeployment(server: ServerContext, id: string): DeploymentRecord {
  const record = server.workspace.saved.deployments.find((one) => one.id === id);
  if (!record) throw new ApiError(404, `Deployment ${id} does not exist`);
  return record;
}

/** All files of the form; the extension says the kind of resource. */
async function readFiles(c: AppContext): Promise<SourceFile[]> {
  const form = await readForm(c.req.raw, maxProjectBytes);
  const files: SourceFile[] = [];
  for (const [, value] of form) {
    if (typeof value !== 'string') files.push({ filename: value.name, content: await value.text() });
  }
  return files;
}
