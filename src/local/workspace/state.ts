/** The workspace's state files. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { readJsonFile, writeFileSafely } from '../files.js';
import type { OutputColumn } from './check.js';
import type { PlanOptions } from './plan.js';
import type { SourceFile } from './project.js';

export interface DeploymentRecord {
  id: string;
  kind: PlanOptions['kind'];
  /** `data_ready` when its tables are filled; `deleted` once another one is live. */
  status: 'data_ready' | 'deleted';
  live: boolean;
  created_at: string;
  updated_at: string;
}

/** The state that survives a restart, next to the engine's own folder. */
export interface WorkspaceState {
  version: 1;
  /** The deployed files, verbatim. */
  files: readonly SourceFile[];
  /** Output columns of nodes, by `pipe.node`. */
  columns: Record<string, OutputColumn[]>;
  deployments: DeploymentRecord[];
  /** Files of the deployment that waits for set-live, with its id. */
  staged: { id: string; files: readonly SourceFile[]; options: PlanOptions } | undefined;
  lastId: number;
}

/** A commit in progress. */
export interface PendingCommit {
  files: readonly SourceFile[];
  columns: Record<string, OutputColumn[]>;
  options: PlanOptions;
}

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
    return (await readJsonFile<WorkspaceState>(this.statePath)) ?? emptyState;
  }

  async write(state: WorkspaceState): Promise<void> {
    await writeFileSafely(this.statePath, JSON.stringify(state));
  }

  readPending(): Promise<PendingCommit | undefined> {
    return readJsonFile<PendingCommit>(this.pendingPath);
  }

  async writePending(pending: PendingCommit): Promise<void> {
    await writeFileSafely(this.pendingPath, JSON.stringify(pending));
  }

  async clearPending(): Promise<void> {
    await rm(this.pendingPath, { force: true });
  }
}
