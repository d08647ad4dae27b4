/** Deploys a project: validates it, changes the tables, and recovers after a crash. */
import type { Datasource } from '../datafile/types.js';
import { cleanEngineMessage } from '../engine/engine-error.js';
import type { Engine } from '../engine/engine.js';
import { DatafileError, messageOf, type FileProblem } from '../errors.js';
import { isDeployed, Migration } from './apply.js';
import { compareProjects, isEmpty, type Changes } from './changes.js';
import { checkProject } from './check.js';
import { listTables, prepareDatabases, rescueSwapped } from './databases.js';
import { createTable, schemaHash, writeMark } from './ddl.js';
import { definitionProblem } from './definition.js';
import { deriveFiles } from './derive.js';
import { planDeployment, type Plan, type PlanOptions } from './plan.js';
import { parseProject, type Project, type SourceFile } from './project.js';
import { Resolver } from './resolve.js';
import type { DeploymentRecord, WorkspaceState } from './state.js';
import { fillHashes, findViews } from './views.js';
import type { Workspace } from './workspace.js';

export type DeployOutcome =
  | { result: 'failed'; problems: FileProblem[] }
  | { result: 'no_changes'; warnings: FileProblem[] }
  | { result: 'success'; record: DeploymentRecord | undefined; changes: Changes; warnings: FileProblem[] };

export interface DeployRequest extends PlanOptions {
  files: readonly SourceFile[];
  /** Only validate. */
  check: boolean;
  /** False: the deployment waits for set-live. */
  promote: boolean;
}

/** Validates files with the engine and deploys them to the workspace. A failure changes nothing. */
export async function deploy(workspace: Workspace, request: DeployRequest): Promise<DeployOutcome> {
  if (workspace.halted !== undefined) await workspace.alone(() => recover(workspace));
  const noChanges = { result: 'no_changes', warnings: workspace.saved.warnings ?? [] } as const;
  // Every start of the server deploys what is already served; parsing it again would be a good part of the start.
  if (isSame(workspace.project.files, request.files)) return noChanges;
  const known = workspace.knownCheckOf(request.files);
  const { files, project, problems } =
    known === undefined
      ? await readProject(workspace, request.files)
      : { files: request.files, ...parseProject(request.files, { areDeployed: true }) };
  if (problems.length > 0) return { result: 'failed', problems };
  const changes = compareProjects(workspace.project, project);
  if (isEmpty(changes) && workspace.saved.files.length > 0) return noChanges;
  const checked =
    known ?? (await checkProject(workspace.described, project, workspace.databases, workspace.shares));
  if (checked.problems.length > 0) return { result: 'failed', problems: checked.problems };
  const found = { columns: Object.fromEntries(checked.columns), warnings: checked.warnings };

  if (request.check || !request.promote) {
    const plan = await makePlan(workspace, workspace.project, project, request);
    if (plan.problems.length > 0) return { result: 'failed', problems: plan.problems };
    const record = request.check ? undefined : await stage(workspace, request);
    return { result: 'success', record, changes, warnings: [...checked.warnings, ...plan.warnings] };
  }
  return workspace.alone(async () => {
    const plan = await makePlan(workspace, workspace.project, project, request);
    if (plan.problems.length > 0) return { result: 'failed', problems: plan.problems };
    const migration = new Migration(workspace.engine, workspace.databases, project, plan, workspace.tell);
    try {
      await migration.prepare();
    } catch (error) {
      return { result: 'failed', problems: [{ filename: '', error: cleanEngineMessage(messageOf(error)) }] };
    }
    const { kind, allowDestructive } = request;
    await workspace.state.writePending({
      files,
      ...found,
      options: { kind, allowDestructive },
    });
    try {
      await migration.commit();
    } catch (error) {
      return { result: 'failed', problems: [{ filename: '', error: await repair(workspace, error) }] };
    }
    const record = await finish(workspace, project, found, kind);
    workspace.activity.noteCreated(changes.new_datasource_names);
    return { result: 'success', record, changes, warnings: [...checked.warnings, ...plan.warnings] };
  });
}

/** Parses the files, and adds those of datasources that a pipe defines. */
async function readProject(
  { engine, databases }: Workspace,
  sent: readonly SourceFile[],
): Promise<{ files: readonly SourceFile[]; project: Project; problems: FileProblem[] }> {
  const parsed = parseProject(sent);
  if (parsed.problems.length > 0) return { files: sent, ...parsed };
  const derived = await deriveFiles(engine, parsed.project, databases);
  const files = [...sent, ...derived.files];
  if (derived.problems.length > 0) return { files, project: parsed.project, problems: derived.problems };
  return { files, ...(derived.files.length === 0 ? parsed : parseProject(files)) };
}

/** Whether these are the files of a project, in their order. An empty project is none. */
function isSame(served: readonly SourceFile[], files: readonly SourceFile[]): boolean {
  return (
    served.length > 0 &&
    served.length === files.length &&
    served.every(
      ({ filename, content }, index) =>
        filename === files[index]?.filename && content === files[index].content,
    )
  );
}

/**
 * Finishes a commit that stopped half-way: now, or else at the next deployment or start. Until then no rows are
 * accepted, because the views that must see them may be missing.
 */
async function repair(workspace: Workspace, cause: unknown): Promise<string> {
  const reason = cleanEngineMessage(messageOf(cause));
  workspace.halted = `a deployment stopped half-way: ${reason}`;
  workspace.log('a deployment stopped half-way', { error: reason });
  try {
    await recover(workspace);
    return `${reason}. It was repeated and is live now`;
  } catch {
    return `${reason}. No rows are taken until it is deployed again or the server restarts`;
  }
}

/** Restores what was deployed before the last stop, and finishes a commit that a crash interrupted. */
export async function recover(workspace: Workspace): Promise<void> {
  const { engine, databases, state, saved } = workspace;
  await workspace.secrets.load();
  await workspace.activity.removeTables();
  const pending = await state.readPending();
  if (pending) {
    const { project } = parseProject(pending.files);
    await rescueSwapped(engine, databases, marksOf(project, engine.sources));
    await prepareDatabases(engine, databases);
    // The crash came after the deployment was accepted, so the changes that it allowed are still allowed.
    const plan = await makePlan(workspace, parseProject(saved.files).project, project, {
      ...pending.options,
      allowDestructive: true,
    });
    const migration = new Migration(engine, databases, project, plan, workspace.tell);
    await migration.prepare();
    await migration.commit();
    await finish(workspace, project, pending, pending.options.kind);
    workspace.log('finished the deployment that the last stop cut off');
    return;
  }
  await prepareDatabases(engine, databases);
  if (saved.files.length === 0) return;
  const { project, problems } = parseProject(saved.files, { areDeployed: true });
  // An older version may have accepted text that may no longer be pasted into a table's definition.
  for (const datasource of project.datasources.values()) {
    const error =
      definitionProblem(datasource, engine.sources) ??
      (await refusalOf(() => checkTable(engine, datasource)));
    if (error !== undefined) problems.push({ filename: `${datasource.name}.datasource`, error });
  }
  const resolver = new Resolver(project, (name) => workspace.tableOf(name), engine.sources);
  for (const compiled of project.pipes.values()) {
    const { materialized, name } = compiled.pipe;
    for (const { node } of materialized) {
      const error = await refusalOf(() =>
        engine.guard.checkSelects(resolver.node(compiled, node, new Map(), 'run').statements),
      );
      if (error !== undefined) problems.push({ filename: `${name}.pipe`, error });
    }
  }
  if (problems.length > 0) {
    const first = problems[0];
    workspace.log(
      `the deployed project is no longer accepted, deploy again: ${first?.filename}: ${first?.error}`,
    );
    return;
  }
  const plan = await makePlan(workspace, project, project, { kind: 'build', allowDestructive: false });
  if (!(await isDeployed(engine, databases, project, plan))) {
    const migration = new Migration(engine, databases, project, plan, workspace.tell);
    await migration.prepare();
    await migration.commit();
    workspace.log('repaired tables that differed from the deployed project');
  }
  workspace.serve(project);
}

/** Lets the guard check a table's definition. */
function checkTable({ guard }: Engine, datasource: Datasource): Promise<void> {
  return guard.checkDefinition(createTable('nowhere', datasource, { schema: '', fill: '' }));
}

async function refusalOf(check: () => Promise<void>): Promise<string | undefined> {
  try {
    await check();
    return undefined;
  } catch (error) {
    if (error instanceof DatafileError) return error.message;
    throw error;
  }
}

/** Promotes the waiting deployment; undefined if another one waits. */
export async function setLive(workspace: Workspace, id: string): Promise<DeployOutcome | undefined> {
  const { staged } = workspace.saved;
  if (staged?.id !== id) return undefined;
  return deploy(workspace, { ...staged.options, files: staged.files, check: false, promote: true });
}

/** Discards a deployment that is not live; false if there is none. */
export async function discard(workspace: Workspace, id: string): Promise<boolean> {
  const record = workspace.saved.deployments.find((one) => one.id === id);
  if (!record || record.live) return false;
  await save(workspace, {
    ...workspace.saved,
    staged: workspace.saved.staged?.id === id ? undefined : workspace.saved.staged,
    deployments: workspace.saved.deployments.map((one) =>
      one.id === id ? { ...one, status: 'deleted' } : one,
    ),
  });
  return true;
}

async function makePlan(
  workspace: Workspace,
  previous: Project,
  next: Project,
  options: PlanOptions,
): Promise<Plan> {
  const { engine, databases } = workspace;
  await prepareLive(workspace);
  const existing = await listTables(engine, databases.live);
  return planDeployment(previous, next, existing, databases.live, engine.sources, options);
}

async function prepareLive({ engine, databases }: Workspace): Promise<void> {
  await engine.execute(`CREATE DATABASE IF NOT EXISTS \`${databases.live}\` ENGINE = Atomic`);
}

function marksOf(project: Project, sources: ReadonlySet<string>): Map<string, string> {
  const fills = fillHashes(project, findViews(project, sources), sources);
  return new Map(
    [...project.datasources.values()].map((datasource) => [
      datasource.name,
      writeMark({ schema: schemaHash(datasource), fill: fills.get(datasource.name) ?? '' }),
    ]),
  );
}

async function stage(workspace: Workspace, request: DeployRequest): Promise<DeploymentRecord> {
  const { kind, allowDestructive, files } = request;
  const record = newRecord(workspace.saved, kind, false);
  await save(workspace, {
    ...workspace.saved,
    lastId: Number(record.id),
    staged: { id: record.id, files, options: { kind, allowDestructive } },
    deployments: [...workspace.saved.deployments, record],
  });
  return record;
}

async function finish(
  workspace: Workspace,
  project: Project,
  { columns, warnings }: Pick<WorkspaceState, 'columns' | 'warnings'>,
  kind: PlanOptions['kind'],
): Promise<DeploymentRecord> {
  const { saved } = workspace;
  const record = newRecord(saved, kind, true);
  const retired = saved.deployments.map((one) =>
    one.status === 'deleted'
      ? one
      : { ...one, live: false, status: 'deleted' as const, updated_at: record.updated_at },
  );
  await save(workspace, {
    ...saved,
    files: project.files,
    columns,
    warnings,
    staged: undefined,
    lastId: Number(record.id),
    deployments: [...retired.slice(-mostRecords), record],
  });
  await workspace.state.clearPending();
  workspace.halted = undefined;
  workspace.serve(project);
  return record;
}

const mostRecords = 50;

function newRecord(saved: WorkspaceState, kind: PlanOptions['kind'], live: boolean): DeploymentRecord {
  const now = new Date().toISOString();
  return { id: String(saved.lastId + 1), kind, status: 'data_ready', live, created_at: now, updated_at: now };
}

async function save(workspace: Workspace, state: WorkspaceState): Promise<void> {
  await workspace.state.write(state);
  workspace.saved = state;
}
