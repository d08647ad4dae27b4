/** All workspaces of a server: the main one, and those that clients create. */
import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod/mini';
import type { Engine } from './engine/engine.js';
import { ApiError } from './errors.js';
import { readJsonFile, writeFileSafely } from './files.js';
import { TokenRegistry } from './tokens.js';
import { databasesOf, dropDatabase } from './workspace/databases.js';
import { recover } from './workspace/deploy.js';
import type { Clean } from './workspace/kept.js';
import type { Shares } from './workspace/shares.js';
import { StateFiles } from './workspace/state.js';
import { Workspace, type Log } from './workspace/workspace.js';

/** A workspace with its own tokens. A branch of the official client is one of the same name. */
export interface Tenant {
  workspace: Workspace;
  tokens: TokenRegistry;
  /** ISO 8601, UTC. */
  createdAt: string;
}

/** A created workspace as it is kept on disk. */
const keptWorkspace = z.object({ id: z.string(), name: z.string(), createdAt: z.string() });
type KeptWorkspace = z.infer<typeof keptWorkspace>;

/** The workspaces of one engine. Each has its own databases, tokens and deployments. */
export class Workspaces {
  private readonly created = new Map<string, Tenant>();
  private readonly path: string;
  private turn: Promise<unknown> = Promise.resolve();

  private constructor(
    readonly main: Tenant,
    private readonly engine: Engine,
    private readonly log: Log,
    private readonly dataDir: string,
    private readonly clean: Clean | undefined,
  ) {
    this.path = join(dataDir, 'workspaces.json');
    main.workspace.shares = this.sharesWith(main.workspace);
  }

  /** Opens the workspaces that were created in the data folder, and erases what a removal left when it was cut off. */
  static async open(
    main: Tenant,
    engine: Engine,
    log: Log,
    dataDir: string,
    clean: Clean | undefined,
  ): Promise<Workspaces> {
    const all = new Workspaces(main, engine, log, dataDir, clean);
    const kept = (await readJsonFile(all.path, z.array(keptWorkspace))) ?? [];
    const folders = await readdir(join(dataDir, 'workspaces')).catch(() => []);
    for (const id of folders) if (!kept.some((one) => one.id === id)) await all.erase(id);
    for (const one of kept) all.created.set(one.id, await all.load(one));
    return all;
  }

  /** The main workspace, then the others in the order of their creation. */
  list(): Tenant[] {
    return [this.main, ...this.created.values()];
  }

  /** A workspace by its id or name. */
  find(key: string): Tenant | undefined {
    return this.list().find(({ workspace: { id, name } }) => id === key || name === key);
  }

  /** The workspace that a token belongs to: one that is unknown is the main one's. */
  ownerOf(token: string): Tenant {
    for (const tenant of this.created.values()) if (tenant.tokens.owns(token)) return tenant;
    return this.main;
  }

  /** The workspace of that name, which is created if there is none. Its databases are empty then. */
  create(name: string): Promise<Tenant> {
    return this.inTurn(async () => {
      const known = this.find(name);
      if (known) return known;
      const kept = { id: randomUUID(), name, createdAt: new Date().toISOString() };
      const tenant = await this.load(kept);
      this.created.set(kept.id, tenant);
      await this.save();
      return tenant;
    });
  }

  /**
   * Removes a workspace with all that is in it; its tokens are refused from then on.
   *
   * @throws {ApiError} 403 for the main one
   */
  remove(tenant: Tenant): Promise<void> {
    const { workspace } = tenant;
    if (tenant === this.main) {
      throw new ApiError(
        403,
        `Workspace ${workspace.name} is the main one and cannot be deleted: to clear it, stop the server and remove its data folder`,
      );
    }
    return this.inTurn(async () => {
      await this.main.tokens.retire(tenant.tokens.values());
      this.created.delete(workspace.id);
      await this.save();
      await workspace.inTurn(() => workspace.alone(() => this.erase(workspace.id)));
    });
  }

  /** What the others share with a workspace. */
  private sharesWith(workspace: Workspace): Shares {
    const other = (name: string) =>
      this.list().find((one) => one.workspace !== workspace && one.workspace.name === name)?.workspace;
    return {
      hasWorkspace: (name) => other(name) !== undefined,
      find: (name, datasource) => {
        const owner = other(name);
        const shared = owner?.project.datasources.get(datasource);
        if (owner === undefined || !shared?.sharedWith.includes(workspace.name)) return undefined;
        return { table: owner.tableOf(datasource), engine: shared.engine.name };
      },
    };
  }

  private async load({ id, name, createdAt }: KeptWorkspace): Promise<Tenant> {
    const folder = this.folderOf(id);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const tokens = await TokenRegistry.open(folder, { given: {}, workspaceId: id, isStrict: true });
    const saved = await new StateFiles(folder).read();
    const workspace = new Workspace(id, name, this.engine, this.log, folder, saved);
    workspace.shares = this.sharesWith(workspace);
    if (this.clean !== undefined) workspace.activity.clean = this.clean;
    await workspace.imports.clear();
    await recover(workspace);
    await tokens.ensure(workspace.project);
    return { workspace, tokens, createdAt };
  }

  private async erase(id: string): Promise<void> {
    for (const database of Object.values<string>({ ...databasesOf(id) })) {
      await dropDatabase(this.engine, database);
    }
    await rm(this.folderOf(id), { recursive: true, force: true });
  }

  private folderOf(id: string): string {
    return join(this.dataDir, 'workspaces', id);
  }

  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.turn.then(work);
    this.turn = turn.catch(() => undefined);
    return turn;
  }

  private save(): Promise<void> {
    const kept = [...this.created.values()].map(({ workspace: { id, name }, createdAt }): KeptWorkspace => ({
      id,
      name,
      createdAt,
    }));
    return writeFileSafely(this.path, JSON.stringify(kept, null, 2));
  }
}
