/** The jobs for the threads of a backfill: sessions in groups, and what is known about each session. */
import type { HomePaths } from '../base/home.js';
import { listFiles } from '../base/files.js';
import { SessionStore } from '../drain/session-store.js';
import { descentOf, eldersOf, type Descent } from '../signals/transcript/elders.js';
import type { FoundSession } from './discover.js';
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
  for (const { mainPath } of changed) {
    if (descents.has(mainPath)) continue;
    const one = descentOf(mainPath);
    if (one !== undefined) descents.set(mainPath, one);
  }
  const families = new Map<string, Descent[]>();
  for (const one of descents.values()) families.set(one.root, [...(families.get(one.root) ?? []), one]);
  const heard = new Set(await listFiles(paths.sessions, '.json'));
  const sessions = new SessionStore(paths.sessions);
  return async ({ sessionId, mainPath, files }) => {
    const descent = descents.get(mainPath) ?? { path: mainPath, root: '', born: 0, begun: null };
    const record = heard.has(`${sessionId}.json`) ? await sessions.load(sessionId) : undefined;
    return {
      sessionId,
      files: [mainPath, ...files.map(({ path }) => path).filter((path) => path !== mainPath)],
      stamps: files,
      known: Object.fromEntries(
        files.flatMap((file) => {
          const until = knownUntil(file, state.get(file.path));
          return until === 0 ? [] : [[file.path, until]];
        }),
      ),
      elders: eldersOf(descent, families.get(descent.root) ?? []),
      descent,
      state: record ?? null,
    };
  };
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
