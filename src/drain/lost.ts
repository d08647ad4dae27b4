/**
 * Counts events that could not be written, because the disk is full or the folder is not writable. Each one leaves an
 * empty file, which needs no disk space: in the inbox, else in the folder for temporary files. The capture script does
 * the same.
 */
import { lstatSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import type { HomePaths } from '../base/home.js';
import { uniqueSuffix } from '../base/files.js';

const ENDING = '.lost';

/** A file that stands for events that were lost together. */
export interface LostTrace {
  file: string;
  events: number;
}

/**
 * A refused request may be sent again, and is lost if it is not. By default, OpenTelemetry exporters give up after 10
 * seconds.
 */
const COMES_AGAIN_MS = 60_000;

/** File name of the trace of a refused request, in the inbox or elsewhere. */
const AGAIN = /(?:^|-)(?<name>again-(?<events>\d{1,9})-(?<key>[0-9a-z]+))(?:\.lost)?$/;

/** Leaves a trace of one lost event. Never throws. */
export function noteLost(paths: HomePaths): void {
  leaveTrace(paths, uniqueSuffix());
}

/** Records requests that could not be written to disk and were therefore not acknowledged. */
export class Refusals {
  /** Names of traces by request, so that a repeated request is recognised, even after a restart. */
  readonly #names: Map<string, string>;

  constructor(private readonly paths: HomePaths) {
    const left = traceFiles(paths).map((file) => AGAIN.exec(basename(file))?.groups ?? {});
    this.#names = new Map(left.flatMap(({ key, name }) => (key && name ? [[key, name]] : [])));
  }

  /** Leaves a trace of an event that will not be sent again. Never throws. */
  lost(): void {
    noteLost(this.paths);
  }

  /**
   * Leaves one trace per request, however often it is refused. Never throws.
   *
   * @param key id of the request: lower-case letters and digits
   * @param events number of its events
   */
  refused(key: string, events: number): void {
    const name = `again-${events}-${key}`;
    this.#names.set(key, name);
    leaveTrace(this.paths, name);
  }

  /** Whether no refused request is outstanding. */
  get isEmpty(): boolean {
    return this.#names.size === 0;
  }

  /** Removes the trace of a request that was refused before and is now on disk. Never throws. */
  accepted(key: string): void {
    const name = this.#names.get(key);
    if (name === undefined) return;
    this.#names.delete(key);
    for (const file of placesOf(this.paths, name))
      try {
        rmSync(file, { force: true });
      } catch {
        // The trace stays, so the event is counted as lost although it is not.
      }
  }
}

/** The traces that are not counted yet, except those of requests that may still be sent again. */
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
      // The request was refused before.
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return;
      // Try the next place.
    }
}

function placesOf(paths: HomePaths, name: string): string[] {
  return [join(paths.inbox, name + ENDING), join(tmpdir(), prefixOf(paths) + name)];
}

/** Start of the trace names of one telemetry folder, because the folder for temporary files is shared. */
function prefixOf({ home }: HomePaths): string {
  const plain = Buffer.from(home)
    .toString('latin1')
    .replace(/[^A-Za-z0-9]/g, '_');
  return `atel-lost-${ownId()}-${plain.slice(0, 150)}-`;
}

/** The id of this user, which may have no account: a container runs as any id. Windows has none. */
const ownId = () => String(process.getuid?.() ?? '');

/** Our files in a folder; empty if the folder cannot be listed. */
function filesIn(folder: string, isTrace: (name: string) => boolean): string[] {
  try {
    return readdirSync(folder)
      .filter(isTrace)
      .map((name) => join(folder, name))
      .filter((file) => {
        const found = lstatSync(file, { throwIfNoEntry: false });
        return found?.isFile() === true && (ownId() === '' || String(found.uid) === ownId());
      });
  } catch {
    return [];
  }
}
