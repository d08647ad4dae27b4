/** The jobs for the threads of a backfill: sessions in groups, and what is known about each session. */
import { basename } from 'node:path';
import type { HomePaths } from '../base/home.js';
import { listFiles } from '../base/files.js';
import { SessionStore } from '../drain/session-store.js';
import { descentOf, Families, findCompacted, type Descent } from '../signals/transcript/elders.js';
import { isAgentFile } from '../signals/transcript/agent-file.js';
import type { FileStamp, FoundSession } from './discover.js';
import { knownUntil } from './known-part.js';
import type { SessionJob } from './session-reader.js';
import type { BackfillState } from './state.js';

/** Size of a group for a thread: bytes of files, and sessions. */
const GROUP_BYTES = 8_000_000;
const GROUP_SESSIONS = 40;

/**
 * Collects what a thread needs to know about a session: what was read before, what hooks reported, and which sessions
 * it may be forked from.
 */
export async function jobMaker(
  changed: readonly FoundSession[],
  state: BackfillState,
  paths: HomePaths,
): Promise<(session: FoundSession) => Promise<SessionJob>> {
  const descents = new Map<string, Descent>([...state.descents()].map((one) => [one.path, one]));
  const read: Descent[] = [];
  for (const session of changed)
    for (const path of mainPathsOf(session)) {
      const one = descentOf(path);
      if (one === undefined) continue;
      descents.set(path, one);
      read.push(one);
    }
  const families = new Families(descents.values());
  const originals = findCompacted(read);
  const heard = new Set(await listFiles(paths.sessions, '.json'));
  const sessions = new SessionStore(paths.sessions);
  return async (session) => {
    const { sessionId, mainPath, files } = session;
    const own = mainPathsOf(session).flatMap((path) => descents.get(path) ?? []);
    const record = heard.has(`${sessionId}.json`) ? await sessions.load(sessionId) : undefined;
    return {
      sessionId,
      files: [mainPath, ...files.map(({ path }) => path).filter((path) => path !== mainPath)],
      stamps: files,
      known: isSplit(session) ? {} : knownParts(files, state),
      elders: own.flatMap((one) => [...families.eldersOf(one), ...(originals.get(one.path) ?? [])]),
      descents: own,
      state: record ?? null,
    };
  };
}

/** The main files of a session; the one that is gone, if it has none. */
function mainPathsOf({ mainPath, files }: FoundSession): string[] {
  const paths = files.map(({ path }) => path).filter((path) => !isAgentFile(path));
  return paths.length === 0 ? [mainPath] : paths;
}

/** Whether several files make one transcript. Then no offset says which of its rows were sent. */
function isSplit({ files }: FoundSession): boolean {
  const transcripts = new Set(files.map(({ path }) => (isAgentFile(path) ? basename(path) : '')));
  return transcripts.size < files.length;
}

/** Offset up to which the rows of each file were sent, by path. */
function knownParts(files: readonly FileStamp[], state: BackfillState): Record<string, number> {
  return Object.fromEntries(
    files.flatMap((file) => {
      const until = knownUntil(file, state.get(file.path));
      return until === 0 ? [] : [[file.path, until]];
    }),
  );
}

/**
 * Puts sessions in groups, largest first: otherwise one thread may still read the largest when all others have ended.
 */
export function groupsOf(sessions: readonly FoundSession[]): FoundSession[][] {
  const sized = sessions
    .map((session) => ({ session, bytes: bytesOf(session) }))
    .sort((a, b) => b.bytes - a.bytes);
  const made: FoundSession[][] = [];
  let open: FoundSession[] = [];
  let size = 0;
  for (const { session, bytes } of sized) {
    if (open.length > 0 && (size + bytes > GROUP_BYTES || open.length >= GROUP_SESSIONS)) {
      made.push(open);
      open = [];
      size = 0;
    }
    open.push(session);
    size += bytes;
  }
  if (open.length > 0) made.push(open);
  return made;
}

export function bytesOf({ files }: FoundSession): number {
  return files.reduce((sum, { bytes }) => sum + bytes, 0);
}
