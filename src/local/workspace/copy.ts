/** Runs copy pipes: the rows of a node are stored in a datasource. */
import { ApiError } from '../errors.js';
import { quoteIdentifier } from '../sql/quote.js';
import type { RequestParameters } from '../template/template.js';
import type { Job } from './jobs.js';
import type { CompiledPipe } from './project.js';
import { checkedNode } from './query.js';
import { queryProblem } from './query-problem.js';
import { exchangeRows } from './replace.js';
import type { Resolved } from './resolve.js';
import type { Workspace } from './workspace.js';

/** The copy of a pipe. @throws {ApiError} 404 */
function findCopy(workspace: Workspace, name: string): NonNullable<CompiledPipe['pipe']['copy']> {
  const copy = workspace.project.pipes.get(name)?.pipe.copy;
  if (copy === undefined) throw new ApiError(404, `The pipe '${name}' does not exist, or is no copy pipe`);
  return copy;
}

/** Whether the schedule of a copy pipe is paused. */
export function isPaused(workspace: Workspace, name: string): boolean {
  return workspace.saved.paused?.includes(name) ?? false;
}

/** Pauses or resumes the schedule of a copy pipe, until the other is asked for. On demand it runs all the same. */
export async function pauseCopy(workspace: Workspace, name: string, isToPause: boolean): Promise<void> {
  const { schedule } = findCopy(workspace, name);
  if (schedule === '@on-demand') throw new ApiError(400, `The copy pipe '${name}' has no schedule`);
  const others = (workspace.saved.paused ?? []).filter((one) => one !== name);
  const saved = { ...workspace.saved, paused: isToPause ? [...others, name] : others };
  await workspace.state.write(saved);
  workspace.saved = saved;
}

/**
 * Runs a copy pipe as a job, and resolves with the job when it has ended. Throws as `runCopy` does.
 *
 * @param mode default: the pipe's own
 */
export function startCopy(
  workspace: Workspace,
  name: string,
  parameters: RequestParameters,
  mode = findCopy(workspace, name).mode,
): Promise<Job> {
  const { target } = findCopy(workspace, name);
  const details = { pipe_id: name, pipe_name: name, datasource: { id: target, name: target }, mode };
  return workspace.activity.operation(
    { type: 'copy', datasource: target, pipe: name },
    () =>
      workspace.jobs.run('copy', details, async () => {
        await runCopy(workspace, name, parameters, mode);
        return {};
      }),
    ({ id }) => ({ jobId: id }),
  );
}

/**
 * Runs a copy pipe and resolves when its rows are stored. They are all stored or none. In the mode replace, they take
 * the place of those that the target had. Throws an ApiError: 400 for wrong parameters and for a query that fails, 501
 * for one that reads secrets, 503 while a deployment is unfinished.
 */
async function runCopy(
  workspace: Workspace,
  name: string,
  parameters: RequestParameters,
  mode: 'append' | 'replace',
): Promise<void> {
  const copy = findCopy(workspace, name);
  const pipe = workspace.project.pipes.get(name);
  const target = workspace.project.datasources.get(copy.target);
  if (!pipe || !target) throw new ApiError(404, `Data Source "${copy.target}" does not exist`);
  if (workspace.halted !== undefined) throw new ApiError(503, `Nothing is copied: ${workspace.halted}`);
  const resolved = await checkedNode(workspace, pipe, copy.node, parameters);
  if ([...resolved.settings.keys()].some((setting) => setting.startsWith('param_'))) {
    throw new ApiError(501, `The copy pipe '${name}' reads secrets, which the local server does not support`);
  }
  if (mode === 'replace') {
    return workspace.alone(() =>
      exchangeRows(workspace, target, (table) => insertRows(workspace, resolved, table, [])),
    );
  }
  return workspace.gate.shared(() =>
    insertRows(workspace, resolved, workspace.tableOf(target.name), workspace.filledWith(target.name)),
  );
}

async function insertRows(
  { engine }: Workspace,
  { sql, settings }: Resolved,
  table: string,
  filled: readonly string[],
): Promise<void> {
  const clause = [
    ...settings,
    ['min_insert_block_size_bytes', '0'],
    ['min_insert_block_size_rows', '1000000000'],
  ]
    .map(([name, value]) => `${name} = ${value}`)
    .join(', ');
  try {
    const columns = await engine.rows<{ name: string }>(`DESCRIBE TABLE (${sql}\n)`);
    const list = columns.map(({ name }) => quoteIdentifier(name)).join(', ');
    await engine.execute(
      `INSERT INTO ${table} (${list}) SELECT ${list} FROM (${sql}\n) SETTINGS ${clause}`,
      filled,
    );
  } catch (error) {
    throw queryProblem(error, 'pipes', 0);
  }
}
