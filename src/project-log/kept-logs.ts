/**
 * The project logs that are to be shortened by themselves: one small file each in the telemetry folder, made by
 * who emits into such a log, so that the drain knows where they lie.
 */
import { existsSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { textOrEmpty } from '../base/regular-file/open.js';
import { identify } from '../signals/identity.js';
import { asCount, asText, parseObject } from '../base/json/json.js';
import { listFiles, writeDurably } from '../base/files.js';
import { makeFolder } from './folder.js';
import type { ProjectLog } from './project-log.js';
import type { EpochMs } from '../base/time/units.js';

/** A log and how it was last shortened. */
export interface KeptLog {
  /** Root of its project. */
  root: string;
  file: string;
  /** When it was last looked through; null if it never was. */
  at: EpochMs | null;
  /** Events that were removed then. */
  removed: number;
  /** What kept it from being shortened; null where nothing did. */
  problem: string | null;
}

/** A log that is known is not looked up again for so long, milliseconds. */
const FRESH_MS = 60_000;

let known = { path: '', at: -Infinity };

/** Makes a log known. Throws what the operating system will not do. */
export function keepInMind(folder: string, { root, file }: ProjectLog): void {
  const now = performance.now();
  const path = join(folder, nameOf(file));
  if (known.path === path && now - known.at < FRESH_MS) return;
  if (!existsSync(path)) {
    makeFolder(folder, 0o700);
    const log: KeptLog = { root, file, at: null, removed: 0, problem: null };
    writeFileSync(path, JSON.stringify(log), { mode: 0o600 });
  }
  known = { path, at: now };
}

/** The logs that are known. A file that holds none (a crash tore it) is removed: the next event makes it again. */
export async function keptLogs(folder: string): Promise<KeptLog[]> {
  const logs: KeptLog[] = [];
  for (const name of await listFiles(folder, '.json')) {
    const found = parseObject(textOrEmpty(join(folder, name)));
    const [root, file] = [asText(found?.root), asText(found?.file)];
    if (root === undefined || file === undefined) await rm(join(folder, name), { force: true });
    else
      logs.push({
        root,
        file,
        at: asCount(found?.at) ?? null,
        removed: asCount(found?.removed) ?? 0,
        problem: asText(found?.problem) ?? null,
      });
  }
  return logs;
}

export async function saveKeptLog(folder: string, log: KeptLog): Promise<void> {
  await writeDurably(join(folder, nameOf(log.file)), JSON.stringify(log));
}

export async function forgetKeptLog(folder: string, log: KeptLog): Promise<void> {
  await rm(join(folder, nameOf(log.file)), { force: true });
}

function nameOf(file: string): string {
  return `${identify('project-log', file).slice(0, 24)}.json`;
}
