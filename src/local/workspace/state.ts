/** The workspace's state files. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod/mini';
import { readJsonFile, writeFileSafely } from '../files.js';

const planOptions = z.object({ kind: z.enum(['build', 'deploy']), allowDestructive: z.boolean() });
const sourceFiles = z.readonly(z.array(z.object({ filename: z.string(), content: z.string() })));
/** Output columns of nodes, by `pipe.node`. */
export const outputColumns = z.record(z.string(), z.array(z.object({ name: z.string(), type: z.string() })));

/** What a check found and did not refuse. */
const warnings = z.array(z.object({ filename: z.string(), error: z.string() }));

const deploymentRecord = z.object({
  id: z.string(),
  kind: planOptions.shape.kind,
  /** `data_ready` when its tables are filled; `deleted` once another one is live. */
  status: z.enum(['data_ready', 'deleted']),
  live: z.boolean(),
  created_at: z.string(),
  updated_at: z.string(),
});
export type DeploymentRecord = z.infer<typeof deploymentRecord>;

const workspaceState = z.object({
  version: z.literal(1),
  /** The deployed files, verbatim. */
  files: sourceFiles,
  columns: outputColumns,
  /** Of the check of the deployed files: a build that changes nothing tells them, too. */
  warnings: z.optional(warnings),
  deployments: z.array(deploymentRecord),
  /** Files of the deployment that waits for set-live, with its id. */
  staged: z.optional(z.object({ id: z.string(), files: sourceFiles, options: planOptions })),
  lastId: z.number(),
  /** The copy pipes whose schedule is paused. */
  paused: z.optional(z.array(z.string())),
});
/** The state that survives a restart, next to the engine's own folder. */
export type WorkspaceState = z.infer<typeof workspaceState>;

const pendingCommit = z.object({
  files: sourceFiles,
  columns: outputColumns,
  warnings: z.optional(warnings),
  options: planOptions,
});
/** A commit in progress. */
export type PendingCommit = z.infer<typeof pendingCommit>;

const emptyState: WorkspaceState = {
  version: 1,
  files: [],
  columns: {},
  deployments: [],
  staged: undefined,
  lastId: 0,
};

/** The workspace's files: `deployment.json`, and `pending.json` while a commit runs. */
export class StateFiles {
  private readonly statePath: string;
  private readonly pendingPath: string;

  constructor(folder: string) {
    this.statePath = join(folder, 'deployment.json');
    this.pendingPath = join(folder, 'pending.json');
  }

  async read(): Promise<WorkspaceState> {
    return (await readJsonFile(this.statePath, workspaceState)) ?? emptyState;
  }

  async write(state: WorkspaceState): Promise<void> {
    await writeFileSafely(this.statePath, JSON.stringify(state));
  }

  readPending(): Promise<PendingCommit | undefined> {
    return readJsonFile(this.pendingPath, pendingCommit);
  }

  async writePending(pending: PendingCommit): Promise<void> {
    await writeFileSafely(this.pendingPath, JSON.stringify(pending));
  }

  async clearPending(): Promise<void> {
    await rm(this.pendingPath, { force: true });
  }
}
