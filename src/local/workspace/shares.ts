/** Datasources that other workspaces of the same server share by SHARED_WITH. */

/** A datasource of another workspace. */
interface SharedTable {
  /** The engine's name for its table. */
  table: string;
  /** Its kind of table: `MergeTree`, `Join`, … */
  engine: string;
}

/** What one workspace may read of the others, as they are deployed at that moment. */
export interface Shares {
  /** Whether there is another workspace of that name. */
  hasWorkspace: (name: string) => boolean;
  /** The datasource, if the other workspace has it and shares it with this one. */
  find: (workspace: string, datasource: string) => SharedTable | undefined;
}

/** Nothing is shared. */
export const noShares: Shares = { hasWorkspace: () => false, find: () => undefined };
