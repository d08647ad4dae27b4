/**
 * Events that could not be written: the disk is full, or the folder cannot be written to. Each leaves an empty file,
 * which asks for no room: in the inbox, else in the folder for temporary files. The capture script does the same.
 */
import { lstatSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { basename, join } from 'node:path';
import type { HomePaths } from '../base/home.js';
import { uniqueSuffix } from '../base/files.js';

const ENDING = '.lost';

/** What is left of events that were lost together. */
export interface LostTrace {
  file: string;
  events: number;
}

/**
 * A request that was refused may come again, and is lost if it does not. Exporters of OpenTelemetry give up after 10
 * seconds, unless they are told otherwise.
 */
const COMES_AGAIN_MS = 60_000;

/** What the trace of a refused request is called, in the inbox and elsewhere. */
const AGAIN = /(?:^|-)(?<name>again-(?<events>\d{1,9})-(?<key>[0-9a-z]+))(?:\.lost)?$/;

/** Leaves a trace of one event that was lost. Throws nothing. */
export function noteLost(paths: HomePaths): void {
  leaveTrace(paths, uniqueSuffix());
}

/** Takes note of requests that could not be written down, and were therefore not acknowledged. */
export class Refusals {
  /** Names of traces by request: one that comes again is known by that, also after a restart. */
  readonly #names: Map<string, string>;

  constructor(private readonly paths: HomePaths) {
    const left = traceFiles(paths).map((file) => AGAIN.exec(basename(file))?.groups ?? {});
    this.#names = new Map(left.flatMap(({ key, name }) => (key && name ? [[key, name]] : [])));
  }

  /** Leaves a trace of an event that nobody sends again. Throws nothing. */
  lost(): void {
    noteLost(this.paths);
  }

  /**
   * Leaves a trace of a request, the same however often it is refused. Throws nothing.
   *
   * @param key what tells it from others: lower-case letters and digits
   * @param events how many it had
   */
  refused(key: string, events: number): void {
    const name = `again-${events}-${key}`;
    this.#names.set(key, name);
    leaveTrace(this.paths, name);
  }

  /** Whether any request was refused and has not come again. */
  get isEmpty(): boolean {
    return this.#names.size === 0;
  }

  /** Removes the trace of a request that was refused before, and is written down now. Throws nothing. */
  accepted(key: string): void {
    const name = this.#names.get(key);
    if (name === undefined) return;
    this.#names.delete(key);
    for (const file of placesOf(this.paths, name))
      try {
        rmSync(file, { force: true });
      } catch {
        // It stays, and counts too much.
      }
  }
}

/** The traces that nobody has counted yet, without those of requests that may come again. */
export function lostTraces(paths: HomePaths, now = Date.now()): LostTrace[] {
  return traceFiles(paths).flatMap((file) => {
    const refused = AGAIN.exec(basename(file))?.groups?.events;
    if (refused === undefined) return [{ file, events: 1 }];
    const at = lstatSync(file, { throwIfNoEntry: false })?.mtimeMs ?? now;
    return Math.abs(now - at) < COMES_AGAIN_MS ? [] : [{ file, events: Number(refused) }];
  });
}

function traceFiles(paths: HomePaths): string[] {
  const prefix = prefixOf(paths);
  return [
    ...filesIn(paths.inbox, (name) => name.endsWith(ENDING)),
    ...filesIn(tmpdir(), (name) => name.startsWith(prefix)),
  ];
}

function leaveTrace(paths: HomePaths, name: string): void {
  for (const file of placesOf(paths, name))
    try {
      writeFileSync(file, '', { mode: 0o600, flag: 'wx' });
      return;
    } catch (error) {
      // A request that was refused before.
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return;
      // The next place.
    }
}

function placesOf(paths: HomePaths, name: string): string[] {
  return [join(paths.inbox, name + ENDING), join(tmpdir(), prefixOf(paths) + name)];
}

/** How the traces of one telemetry folder begin: others use the folder for temporary files, too. */
function prefixOf({ home }: HomePaths): string {
  const plain = Buffer.from(home)
    .toString('latin1')
    .replace(/[^A-Za-z0-9]/g, '_');
  return `atel-lost-${userInfo().uid}-${plain.slice(0, 150)}-`;
}

/** Our own files of a folder; none where it cannot be listed. */
function filesIn(folder: string, isTrace: (name: string) => boolean): string[] {
  try {
    return readdirSync(folder)
      .filter(isTrace)
      .map((name) => join(folder, name))
      .filter((file) => {
        const found = lstatSync(file, { throwIfNoEntry: false });
        return found?.isFile() === true && found.uid === userInfo().uid;
      });
  } catch {
    return [];
  }
}
