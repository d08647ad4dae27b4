/** Finds sessions on disk: `ROOT/SLUG/SESSION.jsonl`, and below `ROOT/SLUG/SESSION/subagents` one file a subagent. */
import { readdirSync, statSync, type Dirent } from 'node:fs';
import { isAgentFile } from '../signals/agent-file.js';

const NOT_THERE = { throwIfNoEntry: false } as const;

/** A file as it is now. */
export interface FileStamp {
  path: string;
  bytes: number;
  /** When it was last written, milliseconds since 1970. */
  writtenAt: number;
}

/** A session with its files, the main one first. That one may be gone: a session of subagents alone is read too. */
export interface FoundSession {
  sessionId: string;
  mainPath: string;
  files: FileStamp[];
}

/** Folders of subagents as they were: to look whether one changed takes a tenth of listing it. */
export interface KnownFolders {
  /** Names of the subagents' files in a folder, if it is known as it was last changed then. */
  namesIn(folder: string, changedAt: number): readonly string[] | undefined;
  /** Takes note of a folder that was listed, with how many subagents' files it holds. */
  note(folder: string, changedAt: number, files: number): void;
}

/**
 * Every session below the roots. What cannot be listed (a root that is not there) holds none.
 *
 * @param known folders that need not be listed again where nothing came or went
 */
export function discover(roots: readonly string[], known?: KnownFolders): FoundSession[] {
  return roots.flatMap((root) =>
    list(root)
      .filter((entry) => !entry.isFile())
      .flatMap((entry) => sessionsIn(`${root}/${entry.name}`, known)),
  );
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
  const entries = list(folder);
  for (const entry of entries) {
    if (!entry.isFile() || !entry.name.endsWith('.jsonl') || entry.name.startsWith('agent-')) continue;
    const session = sessionOf(entry.name.slice(0, -'.jsonl'.length));
    session.files.push(...stampOf(session.mainPath));
  }
  for (const entry of entries) {
    if (!entry.isDirectory()) continue;
    const agents = agentFiles(`${folder}/${entry.name}/subagents`, 2, known);
    for (const file of agents) sessionOf(entry.name).files.push(file);
  }
  return [...sessions.values()].filter(({ files }) => files.length > 0);
}

/** Subagents lie in the folder itself, those of a workflow in `workflows/RUN`. */
function agentFiles(folder: string, depth: number, known: KnownFolders | undefined): FileStamp[] {
  // Before it is listed: what comes meanwhile changes the folder once more.
  const changedAt = statSync(folder, NOT_THERE)?.mtimeMs;
  if (changedAt === undefined) return [];
  const names = known?.namesIn(folder, changedAt);
  if (names !== undefined) return names.flatMap((name) => stampOf(`${folder}/${name}`));
  const entries = list(folder).sort((a, b) => (a.name < b.name ? -1 : 1));
  const files = entries.flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return depth > 0 ? agentFiles(path, depth - 1, known) : [];
    return isAgentFile(entry.name) ? stampOf(path) : [];
  });
  if (!entries.some((entry) => entry.isDirectory())) known?.note(folder, changedAt, files.length);
  return files;
}

function list(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}

function stampOf(path: string): FileStamp[] {
  const found = statSync(path, NOT_THERE);
  return found === undefined ? [] : [{ path, bytes: found.size, writtenAt: found.mtimeMs }];
}

/** Files of all sessions together. */
export function countFiles(sessions: readonly FoundSession[]): number {
  return sessions.reduce((sum, { files }) => sum + files.length, 0);
}
