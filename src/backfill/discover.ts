/**
 * Finds sessions on disk: `ROOT/SLUG/SESSION.jsonl`, and one file per subagent at any depth below
 * `ROOT/SLUG/SESSION/subagents` (of older clients: beside the sessions, `ROOT/SLUG/agent-ID.jsonl`). Files and folders
 * may be links; a file that several paths lead to is found once. A session with several main files (its project was
 * moved, or somebody copied the file) is one session.
 */
import { readdirSync, realpathSync, statSync, type Dirent, type Stats } from 'node:fs';
import { fileId } from '../base/file-id.js';
import { isAgentFile } from '../signals/transcript/agent-file.js';
import { sessionIdOf, sessionOfAgent } from '../signals/transcript/session-id.js';
import type { EpochMs } from '../base/time/units.js';

/** The current state of a file. */
export interface FileStamp {
  path: string;
  bytes: number;
  /** Time of the last write. */
  writtenAt: EpochMs;
}

/**
 * A session with its files, the main files first. A main file may be gone: a session with only subagents is read too.
 */
export interface FoundSession {
  sessionId: string;
  /** Where its main file is or was; of several, the first. */
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
  return new Discovery(roots, known).run();
}

/** One look at the roots. */
class Discovery {
  readonly #sessions = new Map<string, FoundSession>();
  /** The files that were found, by {@link fileId}. */
  readonly #files = new Set<string>();

  constructor(
    private readonly roots: readonly string[],
    private readonly known: KnownFolders | undefined,
  ) {}

  run(): FoundSession[] {
    for (const root of this.roots) {
      // Taken before the listing, here and below: a file that is added meanwhile changes the folder once more.
      const changedAt = changeOf(root);
      const entries = list(root);
      this.known?.note(root, entries && changedAt, 0);
      for (const entry of linksLast(entries ?? []))
        if (!entry.isFile()) this.#lookInto(`${root}/${entry.name}`);
    }
    const found = [...this.#sessions.values()].filter(({ files }) => files.length > 0);
    for (const session of found) {
      const mains = session.files.filter(({ path }) => !isAgentFile(path));
      // Copies come after the file itself.
      if (mains.length > 1) mains.sort((a, b) => Number(isCopy(a)) - Number(isCopy(b)));
      session.mainPath = mains[0]?.path ?? session.mainPath;
      // Mostly there is one, and it was found first.
      if (mains.length < 2 && mains[0] === session.files[0]) continue;
      session.files = [...mains, ...session.files.filter((file) => !mains.includes(file))];
    }
    return found;
  }

  #lookInto(folder: string): void {
    const changedAt = changeOf(folder);
    const listed = list(folder);
    const entries = linksLast(listed ?? []);
    let own = 0;
    for (const entry of entries) {
      if (entry.isDirectory() || !entry.name.endsWith('.jsonl')) continue;
      const path = `${folder}/${entry.name}`;
      if (isAgentFile(entry.name)) {
        const sessionId = sessionOfAgent(path);
        if (sessionId === '') continue;
        const stamps = this.#stampOf(path);
        own += stamps.length;
        this.#sessionOf(folder, sessionId).files.push(...stamps);
        continue;
      }
      // The file itself is found in its own place.
      if (entry.isSymbolicLink() && this.#isFoundElsewhere(path)) continue;
      const stamps = this.#stampOf(path);
      own += stamps.length;
      this.#sessionOf(folder, sessionIdOf(path)).files.push(...stamps);
    }
    this.known?.note(folder, listed && changedAt, own);
    for (const entry of entries) {
      if (entry.isFile() || entry.name.endsWith('.jsonl')) continue;
      for (const file of this.#agentFiles(`${folder}/${entry.name}/subagents`))
        this.#sessionOf(folder, entry.name).files.push(file);
    }
  }

  #sessionOf(folder: string, sessionId: string): FoundSession {
    let session = this.#sessions.get(sessionId);
    if (session === undefined) {
      session = { sessionId, mainPath: `${folder}/${sessionId}.jsonl`, files: [] };
      this.#sessions.set(sessionId, session);
    }
    return session;
  }

  /** Whether a link leads to a main file below the roots. */
  #isFoundElsewhere(link: string): boolean {
    try {
      const path = realpathSync(link);
      return isBelow(this.roots, path) && isMainFile(path.slice(path.lastIndexOf('/') + 1));
    } catch {
      return false;
    }
  }

  /**
   * Files of subagents are directly in the folder, those of a workflow in `workflows/RUN`, and those of nested subagents
   * deeper.
   */
  #agentFiles(folder: string): FileStamp[] {
    const changedAt = changeOf(folder);
    const names = changedAt === NEVER ? [] : this.known?.namesIn(folder, changedAt);
    if (names !== undefined) {
      this.known?.note(folder, changedAt, names.length);
      return names.flatMap((name) => this.#stampOf(`${folder}/${name}`));
    }
    const entries = list(folder)?.sort((a, b) => (a.name < b.name ? -1 : 1));
    const found: FileStamp[] = [];
    let own = 0;
    for (const entry of entries ?? []) {
      const path = `${folder}/${entry.name}`;
      const files = entry.isDirectory()
        ? this.#agentFiles(path)
        : isAgentFile(entry.name)
          ? this.#stampOf(path)
          : [];
      if (!entry.isDirectory()) own += files.length;
      for (const file of files) found.push(file);
    }
    this.known?.note(folder, entries && changedAt, own);
    return found;
  }

  /** The state of a file that was not found before; empty if it is no file. */
  #stampOf(path: string): FileStamp[] {
    const found = statOf(path);
    if (found?.isFile() !== true || this.#files.has(fileId(found))) return [];
    this.#files.add(fileId(found));
    return [{ path, bytes: found.size, writtenAt: found.mtimeMs }];
  }
}

function isMainFile(name: string): boolean {
  return name.endsWith('.jsonl') && !isAgentFile(name);
}

/** Whether a main file is not named as its session. */
function isCopy({ path }: FileStamp): boolean {
  return !path.endsWith(`/${sessionIdOf(path)}.jsonl`);
}

/** The entries of a folder by name, links last: a file is found under its own path. */
function linksLast(entries: Dirent[]): Dirent[] {
  return entries.sort((a, b) => {
    const byLink = Number(a.isSymbolicLink()) - Number(b.isSymbolicLink());
    return byLink !== 0 ? byLink : a.name < b.name ? -1 : 1;
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
