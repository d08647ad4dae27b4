/**
 * Finds sessions on disk: `ROOT/SLUG/SESSION.jsonl`, and one file per subagent at any depth below
 * `ROOT/SLUG/SESSION/subagents`.
 */
import { readdirSync, statSync, type Dirent, type Stats } from 'node:fs';
import { isAgentFile } from '../signals/transcript/agent-file.js';
import type { EpochMs } from '../base/time/units.js';

/** The current state of a file. */
export interface FileStamp {
  path: string;
  bytes: number;
  /** Time of the last write. */
  writtenAt: EpochMs;
}

/**
 * A session with its files, the main file first. The main file may be gone: a session with only subagents is read too.
 */
export interface FoundSession {
  sessionId: string;
  mainPath: string;
  files: FileStamp[];
}

/** Folders as they were at the last run. Checking whether a folder changed takes a tenth of the time of listing it. */
export interface KnownFolders {
  /** Names of the subagents' files in a folder without subfolders, if they are known for that time of change. */
  namesIn(folder: string, changedAt: EpochMs): readonly string[] | undefined;
  /**
   * Records a folder that was listed, with the number of transcripts directly in it.
   *
   * @param changedAt time of its last change; undefined if it cannot be listed
   */
  note(folder: string, changedAt: EpochMs | undefined, files: number): void;
}

/** Everything that was on disk at the last run. */
export interface Seen {
  /** Time of the last change of each listed folder (see {@link NEVER}); null if not all of its files are known. */
  listed: Record<string, EpochMs | null>;
  /**
   * Folders that were read as roots. A folder that was listed as a project of a root is not one: the sessions in its
   * subfolders were not looked for.
   */
  roots: readonly string[];
  /** By folder: the names of its files, separated by `/`, and the bytes and the time of the last write of each file. */
  files: Record<string, [names: string, stamps: number[]]>;
}

/** Time of change of a folder that does not exist. */
const NEVER = -1;

/**
 * Number of files below the roots if nothing has changed, else undefined. Each file is checked, because appending to a
 * file does not change its folder; adding or removing one does.
 */
export function countIfAsSeen(roots: readonly string[], seen: Seen): number | undefined {
  const { listed, files } = seen;
  if (!roots.every((root) => root in listed && seen.roots.includes(root))) return undefined;
  for (const [folder, changedAt] of Object.entries(listed))
    if (isBelow(roots, folder) && changedAt !== changeOf(folder)) return undefined;
  let count = 0;
  for (const [folder, [names, stamps]] of Object.entries(files)) {
    if (!isBelow(roots, folder)) continue;
    let i = 0;
    for (const name of names.split('/')) {
      const found = statOf(`${folder}/${name}`);
      if (found?.size !== stamps[i++] || found?.mtimeMs !== stamps[i++]) return undefined;
      count += 1;
    }
  }
  return count;
}

/** Whether a folder is one of the roots or below one. */
export function isBelow(roots: readonly string[], folder: string): boolean {
  return roots.some((root) => folder === root || folder.startsWith(`${root}/`));
}

/**
 * All sessions below the roots. A root that does not exist or cannot be listed has none.
 *
 * @param known folders that need not be listed again if no file was added or removed
 */
export function discover(roots: readonly string[], known?: KnownFolders): FoundSession[] {
  return roots.flatMap((root) => {
    // Taken before the listing, here and below: a file that is added meanwhile changes the folder once more.
    const changedAt = changeOf(root);
    const entries = list(root);
    known?.note(root, entries && changedAt, 0);
    return (entries ?? [])
      .filter((entry) => !entry.isFile())
      .flatMap((entry) => sessionsIn(`${root}/${entry.name}`, known));
  });
}

function sessionsIn(folder: string, known: KnownFolders | undefined): FoundSession[] {
  const sessions = new Map<string, FoundSession>();
  const sessionOf = (sessionId: string) => {
    let session = sessions.get(sessionId);
    if (session === undefined) {
      session = { sessionId, mainPath: `${folder}/${sessionId}.jsonl`, files: [] };
      sessions.set(sessionId, session);
    }
    return session;
  };
  const changedAt = changeOf(folder);
  const entries = list(folder);
  for (const entry of entries ?? []) {
    if (!entry.isFile() || !entry.name.endsWith('.jsonl') || entry.name.startsWith('agent-')) continue;
    const session = sessionOf(entry.name.slice(0, -'.jsonl'.length));
    session.files.push(...stampOf(session.mainPath));
  }
  known?.note(folder, entries && changedAt, sessions.size);
  for (const entry of entries ?? []) {
    if (!entry.isDirectory()) continue;
    const agents = agentFiles(`${folder}/${entry.name}/subagents`, known);
    for (const file of agents) sessionOf(entry.name).files.push(file);
  }
  return [...sessions.values()].filter(({ files }) => files.length > 0);
}

/**
 * Files of subagents are directly in the folder, those of a workflow in `workflows/RUN`, and those of nested subagents
 * deeper.
 */
function agentFiles(folder: string, known: KnownFolders | undefined): FileStamp[] {
  const changedAt = changeOf(folder);
  const names = changedAt === NEVER ? [] : known?.namesIn(folder, changedAt);
  if (names !== undefined) {
    known?.note(folder, changedAt, names.length);
    return names.flatMap((name) => stampOf(`${folder}/${name}`));
  }
  const entries = list(folder)?.sort((a, b) => (a.name < b.name ? -1 : 1));
  const own = entries?.filter((entry) => !entry.isDirectory() && isAgentFile(entry.name)).length ?? 0;
  known?.note(folder, entries && changedAt, own);
  return (entries ?? []).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return agentFiles(path, known);
    return isAgentFile(entry.name) ? stampOf(path) : [];
  });
}

/** The entries of a folder; undefined if it cannot be listed. */
function list(folder: string): Dirent[] | undefined {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return undefined;
  }
}

/** Time of a folder's last change. */
function changeOf(folder: string): EpochMs {
  return statOf(folder)?.mtimeMs ?? NEVER;
}

function stampOf(path: string): FileStamp[] {
  const found = statOf(path);
  return found?.isFile() !== true ? [] : [{ path, bytes: found.size, writtenAt: found.mtimeMs }];
}

/** Undefined for a path that does not exist or cannot be read (a link to itself, a folder without permission). */
function statOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

/** Number of files of all sessions. */
export function countFiles(sessions: readonly FoundSession[]): number {
  return sessions.reduce((sum, { files }) => sum + files.length, 0);
}
