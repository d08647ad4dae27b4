/**
 * What has been read already. The promise: a file stands here only as far as its rows are in the spool, on
 * disk. A crash loses at most the newest entries, and what is read again changes no total.
 */
import { createHash } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Descent } from '../signals/elders.js';
import { privateFolder, writeDurably } from '../spool/files.js';
import type { FileStamp, FoundSession, KnownFolders } from './discover.js';

/** A file as far as it was read. */
export interface FileRead {
  bytes: number;
  writtenAt: number;
  /** Where its last whole line ended. */
  offset: number;
  /** Fingerprint of its beginning and of what stood before `offset`: an appended file has the same. */
  check: string;
  /** What its family of forks is known by (main files): see signals/elders.ts. Empty for others. */
  root: string;
  /** When it was made, milliseconds since 1970 (main files). */
  born: number;
  /** When its own life began, as its head tells (main files). */
  begun: number | null;
}

type Entry = [
  bytes: number,
  writtenAt: number,
  offset: number,
  check: string,
  root: string,
  born: number,
  begun?: number | null,
];

interface Stored {
  version: 1;
  /** By folder, by name: the folder's path is long and its files are many. */
  folders: Record<string, Record<string, Entry>>;
  /** When folders of which every subagent's file is known were last changed, milliseconds since 1970. */
  listed?: Record<string, number>;
}

const VERSION = 1;

/** A folder that changed less than this before it was listed may change again at the same time, milliseconds. */
const CLOCK_MS = 2_000;

/** Bytes at the beginning, and before the offset, that must be the same in an appended file. */
const CHECKED_BYTES = 2_048;

export class BackfillState implements KnownFolders {
  /** As it is stored: with nothing new, nothing but this is made of it. */
  #folders: Stored['folders'] = {};
  #listed = new Map<string, number>();
  /** Folders that were listed now. They are known when all of their files are. */
  readonly #noted = new Map<string, { changedAt: number; files: number }>();

  private constructor(private readonly path: string) {}

  /**
   * Reads the state of one store: another store has nothing yet. What cannot be read counts as nothing.
   *
   * @param store address of the store that the rows go to
   */
  static async load(folder: string, store: string): Promise<BackfillState> {
    const name = createHash('sha256').update(store).digest('hex').slice(0, 12);
    const state = new BackfillState(join(folder, `${name}.json`));
    try {
      const stored = JSON.parse(await readFile(state.path, 'utf8')) as Partial<Stored> | null;
      if (stored?.version === VERSION) {
        state.#folders = stored.folders ?? {};
        state.#listed = new Map(Object.entries(stored.listed ?? {}));
      }
    } catch {
      // Not there, or torn: everything is read anew.
    }
    return state;
  }

  get(path: string): FileRead | undefined {
    const entry = this.#entry(path);
    if (entry === undefined) return undefined;
    const [bytes, writtenAt, offset, check, root, born, begun = null] = entry;
    return { bytes, writtenAt, offset, check, root, born, begun };
  }

  set(path: string, { bytes, writtenAt, offset, check, root, born, begun }: FileRead): void {
    const names = (this.#folders[dirname(path)] ??= {});
    names[basename(path)] = [bytes, writtenAt, offset, check, root, born, begun];
  }

  /** Whether all of a session's files are as they were when they were read. */
  isRead({ files }: FoundSession): boolean {
    return files.every(({ path, bytes, writtenAt }) => {
      const entry = this.#entry(path);
      return entry?.[0] === bytes && entry[1] === writtenAt;
    });
  }

  namesIn(folder: string, changedAt: number): string[] | undefined {
    if (this.#listed.get(folder) !== changedAt) return undefined;
    return Object.keys(this.#folders[folder] ?? {}).sort();
  }

  note(folder: string, changedAt: number, files: number): void {
    this.#listed.delete(folder);
    if (Date.now() - changedAt > CLOCK_MS) this.#noted.set(folder, { changedAt, files });
  }

  /** Main files that were read, with what tells their families. */
  *descents(): Generator<Descent> {
    for (const [folder, names] of Object.entries(this.#folders))
      for (const [name, [, , , , root, born, begun = null]] of Object.entries(names))
        if (root !== '') yield { path: `${folder}/${name}`, root, born, begun };
  }

  /**
   * Forgets the files below the roots that are not there any more. Returns how many.
   *
   * @param found all that is there
   */
  prune(roots: readonly string[], found: readonly FoundSession[]): number {
    const present = new Set(found.flatMap(({ files }) => files.map(({ path }) => path)));
    const before = this.count(roots);
    for (const [folder, names] of this.#below(roots)) {
      const kept = Object.entries(names).filter(([name]) => present.has(`${folder}/${name}`));
      this.#folders[folder] = Object.fromEntries(kept);
    }
    return before - this.count(roots);
  }

  /** How many files below the roots were read. */
  count(roots: readonly string[]): number {
    return this.#below(roots).reduce((sum, [, names]) => sum + Object.keys(names).length, 0);
  }

  async save(): Promise<void> {
    await privateFolder(dirname(this.path));
    const folders = Object.fromEntries(
      Object.entries(this.#folders).filter(([, names]) => Object.keys(names).length > 0),
    );
    for (const [folder, { changedAt, files }] of this.#noted)
      if (Object.keys(folders[folder] ?? {}).length === files) this.#listed.set(folder, changedAt);
    const listed = Object.fromEntries([...this.#listed].filter(([folder]) => folder in folders));
    await writeDurably(this.path, JSON.stringify({ version: VERSION, folders, listed } satisfies Stored));
  }

  #below(roots: readonly string[]): [folder: string, names: Record<string, Entry>][] {
    return Object.entries(this.#folders).filter(([folder]) =>
      roots.some((root) => folder.startsWith(`${root}/`)),
    );
  }

  #entry(path: string): Entry | undefined {
    const end = path.lastIndexOf('/');
    return this.#folders[path.slice(0, end)]?.[path.slice(end + 1)];
  }
}

/** How far a file need not be looked at again: 0 if it was never read, or was rewritten since. */
export function knownUntil(file: FileStamp, read: FileRead | undefined): number {
  if (read === undefined || file.bytes < read.offset) return 0;
  return checkOf(file.path, read.offset) === read.check ? read.offset : 0;
}

/** Fingerprint of the beginning of a file and of what stands before a place in it; empty if it cannot be read. */
export function checkOf(path: string, offset: number): string {
  if (offset === 0) return '';
  const length = Math.min(CHECKED_BYTES, offset);
  const bytes = Buffer.alloc(2 * length);
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch {
    return '';
  }
  try {
    readSync(file, bytes, 0, length, 0);
    readSync(file, bytes, length, length, offset - length);
  } finally {
    closeSync(file);
  }
  return createHash('sha256').update(bytes).digest('base64url').slice(0, 12);
}
