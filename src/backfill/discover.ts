/** Finds sessions on disk: `ROOT/SLUG/SESSION.jsonl`, and below `ROOT/SLUG/SESSION/subagents`, however deep, one file a subagent. */
import { readdirSync, statSync, type Dirent, type Stats } from 'node:fs';
import { isAgentFile } from '../signals/transcript/agent-file.js';
import type { EpochMs } from '../base/time/units.js';

/** A file as it is now. */
export interface FileStamp {
  path: string;
  bytes: number;
  /** When it was last written. */
  writtenAt: EpochMs;
}

/** A session with its files, the main one first. That one may be gone: a session of subagents alone is read too. */
export interface FoundSession {
  sessionId: string;
  mainPath: string;
  files: FileStamp[];
}

/** Folders as they were: to look whether one changed takes a tenth of listing it. */
export interface KnownFolders {
  /** Names of the subagents' files in a folder without others, if it is known as it was last changed then. */
  namesIn(folder: string, changedAt: number): readonly string[] | undefined;
  /**
   * Takes note of a folder that was looked into, with how many transcripts it holds itself.
   *
   * @param changedAt when it was last changed; undefined where it cannot be listed
   */
  note(folder: string, changedAt: number | undefined, files: number): void;
}

/** All that was there once. */
export interface Seen {
  /**
   * When each folder that was looked into was last changed (see {@link NEVER}); null where its
   * files are not all known.
   */
  listed: Record<string, EpochMs | null>;
  /** By folder: the names of its files, separated by `/`, and for each its bytes and when it was last written. */
  files: Record<string, [names: string, stamps: number[]]>;
}

/** When a folder that is not there was last changed. */
const NEVER = -1;

/**
 * How many files are below the roots, if all there is as it was; else undefined. Each file is looked at: one that was
 * appended to changes no folder, and what came or went does.
 */
export function countIfAsSeen(roots: readonly string[], { listed, files }: Seen): number | undefined {
  if (!roots.every((root) => root in listed)) return undefined;
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
 * Every session below the roots. What cannot be listed (a root that is not there) holds none.
 *
 * @param known folders that need not be listed again where nothing came or went
 */
export function discover(roots: readonly string[], known?: KnownFolders): FoundSession[] {
  return roots.flatMap((root) => {
    // Before it is listed, here and below: what comes meanwhile changes the folder once more.
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

/** Subagents lie in the folder itself, those of a workflow in `workflows/RUN`, those of subagents deeper still. */
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

/** What a folder holds; undefined where it cannot be listed. */
function list(folder: string): Dirent[] | undefined {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return undefined;
  }
}

/** When a folder was last changed. */
function changeOf(folder: string): EpochMs {
  return statOf(folder)?.mtimeMs ?? NEVER;
}

function stampOf(path: string): FileStamp[] {
  const found = statOf(path);
  return found?.isFile() !== true ? [] : [{ path, bytes: found.size, writtenAt: found.mtimeMs }];
}

/** Undefined for what is not there, or cannot be looked at (a link to itself, a folder that is closed to us). */
function statOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

/** Files of all sessions together. */
export function countFiles(sessions: readonly FoundSession[]): number {
  return sessions.reduce((sum, { files }) => sum + files.length, 0);
}
