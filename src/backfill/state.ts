/**
 * What has been read already. A file is listed here only as far as its rows are in the spool on disk. A crash loses at
 * most the newest entries, and reading lines again changes no total.
 */
import { basename, dirname, join } from 'node:path';
import { readRegular } from '../base/regular-file/open.js';
import type { Descent } from '../signals/transcript/elders.js';
import { privateFolder, writeDurably } from '../base/files.js';
import { asArray, asText, isObject, parseObject, type Json } from '../base/json/json.js';
import { countIfAsSeen, isBelow, type FoundSession, type KnownFolders, type Seen } from './discover.js';
import type { EpochMs } from '../base/time/units.js';

/** How far a file was read. */
export interface FileRead {
  bytes: number;
  writtenAt: EpochMs;
  /** Offset after its last complete line. */
  offset: number;
  /** Fingerprint of its beginning and of the bytes before `offset`: unchanged if the file was only appended to. */
  check: string;
  /** Identifies the family of forks of a main file: see signals/transcript/elders.ts. Empty for other files. */
  root: string;
  /** When a main file was created. */
  born: EpochMs;
  /** When the session of a main file itself began, according to its first lines. */
  begun: EpochMs | null;
}

type Rest = [offset: number, check: string, root: string, born: number, begun: number | null];
type Entry = [bytes: number, writtenAt: EpochMs, ...Rest];

/** How far files were read, by folder and by name: the path of a folder is long, and it has many files. */
type Folders = Record<string, Record<string, Entry>>;

const nothingSeen: Seen = { listed: {}, roots: [], files: {} };

const VERSION = 2;

/** Size limit of the stored state: a hundred thousand transcripts take 20 MB. */
const MOST_BYTES = 1024 ** 3;

/**
 * A folder that changed less than this before it was listed may change again without a new time of change,
 * milliseconds.
 */
const CLOCK_MS = 2_000;

export class BackfillState implements KnownFolders {
  #seen = nothingSeen;
  /** The second line, as stored. */
  #rest = '{}';
  /** The whole text, as stored. */
  #stored = '';
  #made: Folders | undefined;
  #holders: Set<string> | undefined;
  /** Folders that were listed in this run. They are known when all of their files are. */
  readonly #noted = new Map<string, { changedAt: EpochMs | null; files: number }>();

  /** Id of the store that has the rows; null if an earlier version did not save it, or if it is not known yet. */
  store: string | null = null;

  private constructor(
    private readonly path: string,
    private readonly roots: readonly string[],
    private readonly onDamage: (problem: string) => void,
  ) {}

  /**
   * Reads the state for the store at one address; each address has its own. The first of the two stored lines shows
   * whether anything is new. The second line is parsed only if something is. It holds the rest of each entry, by folder,
   * in the order of the names in the first line. A damaged line counts as empty, so everything is read again.
   *
   * @param store address of the store
   * @param roots where files are counted and forgotten; files elsewhere stay known
   * @param onDamage called with what is wrong with a damaged state, in one line
   */
  static load(
    folder: string,
    store: string,
    roots: readonly string[],
    onDamage: (problem: string) => void = () => undefined,
  ): BackfillState {
    const { host, pathname } = new URL(store);
    const name = `${host}${pathname}`.replace(/[^\w.]+/g, '-').replace(/-$/, '');
    const state = new BackfillState(join(folder, `${name}.json`), roots, onDamage);
    const text = textOf(state.path);
    if (text === undefined) return state;
    const end = text.indexOf('\n');
    // A state of version 1 has a single line.
    const line = parseObject(end < 0 ? text : text.slice(0, end));
    const seen = line && seenOf(line);
    if (seen !== undefined) {
      state.store = asText(line?.store) ?? null;
      state.#seen = seen;
      state.#rest = end < 0 ? '' : text.slice(end);
      state.#stored = text;
      // A state of another version is not damaged.
    } else if (line?.version === undefined || line.version === VERSION) state.#tellDamage();
    return state;
  }

  /** Whether nothing was read. */
  get isEmpty(): boolean {
    return Object.keys(this.#seen.files).length === 0;
  }

  /** Forgets everything, because another store has none of it. */
  forget(): void {
    this.#seen = nothingSeen;
    this.#rest = '{}';
    this.#made = undefined;
    this.#holders = undefined;
  }

  /** Forgets what was read below the roots. */
  forgetRoots(): void {
    this.prune([]);
    const listed = Object.entries(this.#seen.listed).filter(([folder]) => !isBelow(this.roots, folder));
    this.#seen = { ...this.#seen, listed: Object.fromEntries(listed), roots: this.#rootsElsewhere() };
    this.#holders = undefined;
  }

  /** Number of files below the roots, if all were read and have not changed since; undefined if anything is new. */
  allRead(): number | undefined {
    return countIfAsSeen(this.roots, this.#seen);
  }

  get(path: string): FileRead | undefined {
    const entry = this.#entry(path);
    if (entry === undefined) return undefined;
    const [bytes, writtenAt, offset, check, root, born, begun] = entry;
    return { bytes, writtenAt, offset, check, root, born, begun };
  }

  set(path: string, { bytes, writtenAt, offset, check, root, born, begun }: FileRead): void {
    const names = (this.#folders[dirname(path)] ??= {});
    names[basename(path)] = [bytes, writtenAt, offset, check, root, born, begun];
  }

  /** Whether all files of a session are unchanged since they were read. */
  isRead({ files }: FoundSession): boolean {
    return files.every(({ path, bytes, writtenAt }) => {
      const entry = this.#entry(path);
      return entry?.[0] === bytes && entry[1] === writtenAt;
    });
  }

  namesIn(folder: string, changedAt: EpochMs): string[] | undefined {
    // First, because a damaged state turns out here and then knows no folder.
    const files = this.#folders[folder] ?? {};
    if (this.#seen.listed[folder] !== changedAt || this.#parents.has(folder)) return undefined;
    return Object.keys(files).sort();
  }

  note(folder: string, changedAt: EpochMs | undefined, files: number): void {
    const isSettled = changedAt !== undefined && Date.now() - changedAt > CLOCK_MS;
    this.#noted.set(folder, { changedAt: isSettled ? changedAt : null, files });
  }

  /** Main files that were read, with what identifies their families of forks. */
  *descents(): Generator<Descent> {
    for (const [folder, names] of Object.entries(this.#folders))
      for (const [name, [, , , , root, born, begun]] of Object.entries(names))
        if (root !== '') yield { path: `${folder}/${name}`, root, born, begun };
  }

  /**
   * Forgets files below the roots that no longer exist.
   *
   * @param found all existing sessions
   */
  prune(found: readonly FoundSession[]): void {
    const present = new Set(found.flatMap(({ files }) => files.map(({ path }) => path)));
    for (const [folder, names] of Object.entries(this.#folders)) {
      if (!isBelow(this.roots, folder)) continue;
      const kept = Object.entries(names).filter(([name]) => present.has(`${folder}/${name}`));
      this.#folders[folder] = Object.fromEntries(kept);
    }
  }

  /** Saves the state, unless it is unchanged. */
  async save(): Promise<void> {
    const read = Object.entries(this.#folders).filter(([, names]) => Object.keys(names).length > 0);
    const first = {
      version: VERSION,
      ...(this.store === null ? {} : { store: this.store }),
      listed: this.#listed(),
      roots: [...this.#rootsElsewhere(), ...this.roots.filter((root) => this.#noted.has(root))],
      files: Object.fromEntries(
        read.map(([folder, names]) => [
          folder,
          [
            Object.keys(names).join('/'),
            Object.values(names).flatMap(([bytes, writtenAt]) => [bytes, writtenAt]),
          ],
        ]),
      ),
    };
    const rest = read.map(([folder, names]) => [folder, Object.values(names).map(([, , ...more]) => more)]);
    const text = `${JSON.stringify(first)}\n${JSON.stringify(Object.fromEntries(rest))}`;
    if (text === this.#stored) return;
    await privateFolder(dirname(this.path));
    await writeDurably(this.path, text);
    this.#stored = text;
  }

  /** Time of the last change of each listed folder; null if not all of its files are known. */
  #listed(): Seen['listed'] {
    const elsewhere = Object.entries(this.#seen.listed).filter(([folder]) => !isBelow(this.roots, folder));
    const now = [...this.#noted].map(([folder, { changedAt, files }]): [string, number | null] => [
      folder,
      Object.keys(this.#folders[folder] ?? {}).length === files ? changedAt : null,
    ]);
    return Object.fromEntries([...elsewhere, ...now]);
  }

  /**
   * Roots that are neither above nor below those of this run. What was read of a root above or below is forgotten in
   * part, so that root must be looked through again.
   */
  #rootsElsewhere(): string[] {
    return this.#seen.roots.filter(
      (root) => !isBelow(this.roots, root) && !this.roots.some((one) => isBelow([root], one)),
    );
  }

  get #folders(): Folders {
    return (this.#made ??= this.#unpacked());
  }

  #unpacked(): Folders {
    const folders = unpack(this.#seen, this.#rest);
    if (folders !== undefined) return folders;
    this.#tellDamage();
    // Else a folder that has not changed since would not be listed again, and its files would be missed.
    this.#seen = nothingSeen;
    this.#holders = undefined;
    return {};
  }

  #tellDamage(): void {
    this.onDamage(`${this.path} is damaged, so all transcripts are read again`);
  }

  /** Folders that have subfolders. */
  get #parents(): ReadonlySet<string> {
    return (this.#holders ??= new Set(Object.keys(this.#seen.listed).map((folder) => dirname(folder))));
  }

  #entry(path: string): Entry | undefined {
    const end = path.lastIndexOf('/');
    return this.#folders[path.slice(0, end)]?.[path.slice(end + 1)];
  }
}

function textOf(path: string): string | undefined {
  try {
    return readRegular(path, MOST_BYTES);
  } catch {
    return undefined;
  }
}

/** The content of the first line; undefined if it is of another version or not of the expected shape. */
function seenOf({ version, listed, roots = [], files }: Json): Seen | undefined {
  // A state of an earlier version names no roots.
  return version === VERSION && isListed(listed) && isTexts(roots) && isFiles(files)
    ? { listed, roots, files }
    : undefined;
}

function isListed(value: unknown): value is Seen['listed'] {
  return isObject(value) && Object.values(value).every((time) => time === null || typeof time === 'number');
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'string');
}

function isFiles(value: unknown): value is Seen['files'] {
  return (
    isObject(value) &&
    Object.values(value).every((entry) => {
      const [names, stamps] = asArray(entry);
      return typeof names === 'string' && asArray(stamps).every((stamp) => typeof stamp === 'number');
    })
  );
}

function isRest(value: unknown): value is Rest {
  const [offset, check, root, born, begun] = asArray(value);
  return (
    typeof offset === 'number' &&
    typeof check === 'string' &&
    typeof root === 'string' &&
    typeof born === 'number' &&
    (begun === null || typeof begun === 'number')
  );
}

/** Combines the two lines; undefined if they do not fit together. */
function unpack({ files }: Seen, rest: string): Folders | undefined {
  const more = parseObject(rest);
  if (more === undefined) return undefined;
  const folders: Folders = {};
  for (const [folder, [names, stamps]] of Object.entries(files)) {
    const entries: Record<string, Entry> = (folders[folder] = {});
    const rests = asArray(more[folder]);
    for (const [i, name] of names.split('/').entries()) {
      const [bytes, writtenAt, known] = [stamps[2 * i], stamps[2 * i + 1], rests[i]];
      if (bytes === undefined || writtenAt === undefined || !isRest(known)) return undefined;
      entries[name] = [bytes, writtenAt, ...known];
    }
  }
  return folders;
}
