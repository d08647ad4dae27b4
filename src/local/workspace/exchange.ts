/** Exchanges the rows of two datasources. */
import { ApiError } from '../errors.js';
import { schemaHash } from './ddl.js';
import { findViews } from './views.js';
import type { Workspace } from './workspace.js';

/**
 * Exchanges the rows of two datasources in one step. Throws an ApiError: 404 if one does not exist, 400 if their
 * definitions differ or a materialized view reads or fills one of them.
 */
export function exchangeDatasources(workspace: Workspace, one: string, other: string): Promise<void> {
  return workspace.alone(async () => {
    const { project, engine } = workspace;
    const [a, b] = [one, other].map((name) => {
      const datasource = project.datasources.get(name);
      if (!datasource) throw new ApiError(404, `Data Source "${name}" does not exist`);
      return datasource;
    });
    if (a === undefined || b === undefined || a === b)
      throw new ApiError(400, 'Two different Data Sources are exchanged');
    if (schemaHash(a) !== schemaHash(b)) {
      throw new ApiError(
        400,
        `"${one}" and "${other}" cannot be exchanged: their columns, engines, indexes or projections differ`,
      );
    }
    for (const { reads, target, pipe } of findViews(project, engine.sources)) {
      const name = [one, other].find((each) => each === target || reads.includes(each));
      if (name === undefined) continue;
      throw new ApiError(
        400,
        `"${name}" cannot be exchanged: the materialized pipe "${pipe}" reads or fills it`,
      );
    }
    await engine.execute(`EXCHANGE TABLES ${workspace.tableOf(one)} AND ${workspace.tableOf(other)}`, [
      one,
      other,
    ]);
  });
}
