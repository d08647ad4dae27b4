/** Fills the target of a materialized view from the rows that its source has. */
import { ApiError } from '../errors.js';
import { quoteIdentifier } from '../sql/quote.js';
import { checkedCondition } from './delete.js';
import type { Job } from './jobs.js';
import { queryProblem } from './query-problem.js';
import { exchangeRows } from './replace.js';
import { findViews, viewSelect, type View } from './views.js';
import type { Workspace } from './workspace.js';

export interface PopulateOptions {
  /** Whether the rows that the target has are removed. */
  truncate: boolean;
  /** Which rows of the source count; undefined: all. */
  condition: string | undefined;
  /** The part of the source's rows that is enough, from 0 to 1; it goes before the condition. Undefined: all. */
  subset: number | undefined;
}

/** The most rows of a subset, as in Tinybird. */
const MOST_SUBSET_ROWS = 2_000_000;

/**
 * Runs a population as a job, and resolves with the job when it has ended: all rows are stored then, or none.
 *
 * Throws an ApiError: 404 if the node is no materialized view, 400 for a source that stores nothing and for a wrong
 * condition, and as `exchangeRows` does.
 */
export async function startPopulation(
  workspace: Workspace,
  pipe: string,
  node: string,
  options: PopulateOptions,
): Promise<Job> {
  const { project, engine } = workspace;
  const view = findViews(project, engine.sources).find((one) => one.pipe === pipe && one.node === node);
  if (!view) throw new ApiError(404, `The node '${node}' of the pipe '${pipe}' is no materialized view`);
  if (project.datasources.get(view.source)?.engine.name === 'Null') {
    throw new ApiError(
      400,
      `Data Source "${view.source}" stores no rows (ENGINE Null): nothing can be populated`,
    );
  }
  const { target } = view;
  const details = { pipe_id: pipe, pipe_name: pipe, datasource: { id: target, name: target } };
  return workspace.activity.operation(
    { type: 'populateview', datasource: target, pipe },
    () =>
      workspace.jobs.run('populateview', details, () =>
        workspace.alone(async () => {
          await populate(workspace, view, options);
          return {};
        }),
      ),
    ({ id }) => ({ jobId: id }),
  );
}

async function populate(
  workspace: Workspace,
  view: View,
  { truncate, condition, subset }: PopulateOptions,
): Promise<void> {
  const { project, engine } = workspace;
  const target = project.datasources.get(view.target);
  if (!target) throw new ApiError(404, `Data Source "${view.target}" does not exist`);
  const source = workspace.tableOf(view.source);
  // Not *, which leaves out the columns that the source computes.
  const columns =
    project.datasources.get(view.source)?.columns.map(({ name }) => quoteIdentifier(name)) ?? [];
  const chosen = await chosenRows(workspace, view.source, condition, subset);
  const rowsOf = (name: string) =>
    chosen !== undefined && name === view.source
      ? `(SELECT ${columns.join(', ')} FROM ${source} ${chosen}\n)`
      : workspace.tableOf(name);
  const select = viewSelect(project, view, rowsOf, engine.sources);
  const fill = async (into: string, filled: readonly string[]) => {
    const columns = await engine.rows<{ name: string }>(`DESCRIBE TABLE (${select}\n)`);
    const list = columns.map(({ name }) => quoteIdentifier(name)).join(', ');
    await engine.execute(`INSERT INTO ${into} (${list}) SELECT ${list} FROM (${select}\n)`, filled);
  };
  try {
    if (truncate) await exchangeRows(workspace, target, (into) => fill(into, []));
    else await fill(workspace.tableOf(target.name), workspace.filledWith(target.name));
  } catch (error) {
    throw queryProblem(error, 'pipes', 0);
  }
}

/** The clause that chooses rows of the source; undefined for all. */
async function chosenRows(
  workspace: Workspace,
  source: string,
  condition: string | undefined,
  subset: number | undefined,
): Promise<string | undefined> {
  if (subset !== undefined) {
    const [counted] = await workspace.engine.rows<{ n: number }>(
      `SELECT toFloat64(count()) AS n FROM ${workspace.tableOf(source)}`,
    );
    return `LIMIT ${Math.min(MOST_SUBSET_ROWS, Math.ceil((counted?.n ?? 0) * subset))}`;
  }
  if (condition === undefined) return undefined;
  return `WHERE (${await checkedCondition(workspace, source, condition)}\n)`;
}
