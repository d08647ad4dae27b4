/** Explains how the engine would run a pipe. */
import { MOST_ANSWER_BYTES } from '../engine/engine.js';
import { ApiError } from '../errors.js';
import type { RequestParameters } from '../template/template.js';
import { withoutDatabases } from './engine-message.js';
import { queryProblem } from './query-problem.js';
import { checkedNode } from './query.js';
import { outputNode } from './resolve.js';
import type { Workspace } from './workspace.js';

export interface Explanation {
  /** The whole SQL of the node for the request, with the nodes and pipes that it reads. */
  debug_query: string;
  /** The engine's plan. */
  query_explain: string;
}

/**
 * The SQL and the plan of a pipe's node; without a name, of its endpoint, or else of its first materialized or last
 * node. Throws an ApiError: 404 if there is no such pipe or node, else as a call of the pipe would.
 */
export async function explainNode(
  workspace: Workspace,
  name: string,
  node: string | undefined,
  parameters: RequestParameters,
): Promise<Explanation> {
  const compiled = workspace.project.pipes.get(name);
  if (!compiled) throw new ApiError(404, `The pipe '${name}' does not exist`);
  const { endpoint, materialized } = compiled.pipe;
  const chosen = node ?? endpoint ?? materialized[0]?.node ?? outputNode(compiled);
  if (!compiled.templates.has(chosen))
    throw new ApiError(404, `The node '${chosen}' does not exist in the pipe '${name}'`);
  const { sql, settings } = await checkedNode(workspace, compiled, chosen, parameters);
  try {
    // The plan has the values of the query's parameters, which are secrets.
    const standIns = new Map(
      [...settings].map(([key, value]) => [key, key.startsWith('param_') ? "'__secret__'" : value]),
    );
    const plan = await workspace.engine.read('pipes', `EXPLAIN (${sql}\n)`, 'TSVRaw', standIns);
    return {
      debug_query: withoutDatabases(sql),
      query_explain: withoutDatabases(Buffer.from(plan.bytes).toString('utf8')),
    };
  } catch (error) {
    throw queryProblem(error, 'pipes', MOST_ANSWER_BYTES);
  }
}
