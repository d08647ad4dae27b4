/** Plans how the tables become those of a new deployment. */
import type { Datasource } from '../datafile/types.js';
import type { FileProblem } from '../errors.js';
import { compareTables } from './columns.js';
import type { ExistingTable } from './databases.js';
import { forwardSelect } from './forward.js';
import { readMark, schemaHash, type TableMark } from './ddl.js';
import { isIngestible, quarantineName, type Project } from './project.js';
import { fillHashes, findViews, inFillOrder, type View } from './views.js';

/** Where a new table's rows come from. */
type Fill =
  | { kind: 'nothing' }
  | { kind: 'copy'; columns: string[] }
  | { kind: 'forward'; query: string }
  | { kind: 'views' };

export type TableStep =
  | { kind: 'keep'; datasource: Datasource; mark: TableMark | undefined }
  | {
      kind: 'alter';
      datasource: Datasource;
      mark: TableMark;
      apply: string[];
      undo: string[];
      commit: string[];
    }
  | {
      kind: 'build';
      datasource: Datasource;
      mark: TableMark;
      fill: Fill;
      replaces: boolean;
      keepsOld: boolean;
    };

export interface Plan {
  /** Ordered so that the sources of each table come before it. */
  steps: TableStep[];
  /** Tables to remove; with `keep` they are moved to the trash instead of dropped. */
  removals: { name: string; keep: boolean }[];
  views: View[];
  warnings: FileProblem[];
  problems: FileProblem[];
}

export interface PlanOptions {
  /** `build` replaces everything and moves what it removes to the trash; `deploy` refuses to lose data. */
  kind: 'build' | 'deploy';
  allowDestructive: boolean;
}

/** Plans how the engine's tables become those of `next`, without asking the engine. */
export function planDeployment(
  previous: Project,
  next: Project,
  existing: readonly ExistingTable[],
  liveDatabase: string,
  sources: ReadonlySet<string>,
  options: PlanOptions,
): Plan {
  const views = findViews(next, sources);
  const plan: Plan = { steps: [], removals: [], views, warnings: [], problems: [] };
  const fills = fillHashes(next, views, sources);
  const tables = new Map(existing.map((table) => [table.name, table]));
  for (const datasource of inFillOrder(next, views)) {
    const mark = { schema: schemaHash(datasource), fill: fills.get(datasource.name) ?? '' };
    plan.steps.push(
      planTable(plan, previous, next, datasource, mark, tables.get(datasource.name), liveDatabase, options),
    );
  }
  planRemovals(plan, next, existing, options);
  return plan;
}

function planTable(
  plan: Plan,
  previous: Project,
  next: Project,
  datasource: Datasource,
  mark: TableMark,
  table: ExistingTable | undefined,
  liveDatabase: string,
  options: PlanOptions,
): TableStep {
  const feeders = plan.views.filter((view) => view.target === datasource.name);
  const hasFeeders = feeders.length > 0;
  if (!table) {
    const fill: Fill = hasFeeders && datasource.backfill !== 'skip' ? { kind: 'views' } : { kind: 'nothing' };
    return { kind: 'build', datasource, mark, fill, replaces: false, keepsOld: false };
  }
  const current = readMark(table.comment);
  const refusal = hasFeeders ? rebuildRefusal(next, datasource, table, feeders) : 'nothing fills it';
  const isFillSame = !hasFeeders || current?.fill === mark.fill;
  if (current?.schema === mark.schema) {
    if (isFillSame) return { kind: 'keep', datasource, mark: undefined };
    if (refusal === undefined) {
      return { kind: 'build', datasource, mark, fill: { kind: 'views' }, replaces: true, keepsOld: false };
    }
    plan.warnings.push({
      filename: `${datasource.name}.datasource`,
      error: `its materialized query changed; rows that are there were kept as they are, because ${refusal}`,
    });
    return { kind: 'keep', datasource, mark };
  }
  const before = previous.datasources.get(datasource.name);
  if (hasFeeders && refusal === undefined) {
    return { kind: 'build', datasource, mark, fill: { kind: 'views' }, replaces: true, keepsOld: false };
  }
  if (!before) {
    // A table that no deployment knows is set aside; its rows are never converted.
    return { kind: 'build', datasource, mark, fill: { kind: 'nothing' }, replaces: true, keepsOld: true };
  }
  const change = compareTables(before, datasource, liveDatabase);
  if (change.alters) return { kind: 'alter', datasource, mark, ...change.alters };
  const forward = datasource.forwardQuery;
  const isLossy = change.losses.length > 0 && forward === undefined && table.rows > 0;
  if (isLossy && options.kind === 'deploy' && !options.allowDestructive) {
    plan.problems.push({
      filename: `${datasource.name}.datasource`,
      error: `${change.losses.join('; ')}: data would be lost. Deploy with allow_destructive_operations (--allow-destructive-operations), or give a FORWARD_QUERY`,
    });
  }
  const fill: Fill =
    forward === undefined
      ? { kind: 'copy', columns: change.shared }
      : { kind: 'forward', query: forwardSelect(datasource.name, forward) };
  const keepsOld = (isLossy || forward !== undefined) && options.kind === 'build';
  return { kind: 'build', datasource, mark, fill, replaces: true, keepsOld };
}

/** Why a target's rows cannot be computed again from its sources; undefined if they can. */
function rebuildRefusal(
  next: Project,
  target: Datasource,
  table: ExistingTable,
  feeders: readonly View[],
): string | undefined {
  if (feeders.some((view) => view.alter)) return 'DEPLOYMENT_METHOD is alter';
  if (target.backfill === 'skip') return 'BACKFILL is skip';
  if (table.rows === 0) return undefined;
  if (isIngestible(target)) return 'it also takes rows directly';
  for (const { source } of feeders) {
    const engine = next.datasources.get(source)?.engine;
    if (engine?.name === 'Null') return `${source} stores nothing`;
    if (engine?.ttl !== undefined) return `${source} drops old rows`;
  }
  return undefined;
}

function planRemovals(
  plan: Plan,
  next: Project,
  existing: readonly ExistingTable[],
  options: PlanOptions,
): void {
  const wanted = new Set([...next.datasources.values()].flatMap(({ name }) => [name, quarantineName(name)]));
  for (const table of existing) {
    if (wanted.has(table.name)) continue;
    const isQuarantine = existing.some((other) => quarantineName(other.name) === table.name);
    if (options.kind === 'deploy' && !options.allowDestructive && !isQuarantine) {
      plan.problems.push({
        filename: `${table.name}.datasource`,
        error: `datasource ${table.name} is removed: its ${table.rows} rows would be lost. Deploy with allow_destructive_operations (--allow-destructive-operations)`,
      });
    }
    plan.removals.push({ name: table.name, keep: options.kind === 'build' && table.rows > 0 });
  }
}
