/**
 * The project logs that are pruned automatically: one small file per log in the telemetry folder, written by `emit`, so
 * that the drain knows where the logs are.
 */
import { existsSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { textOrEmpty } from '../base/regular-file/open.js';
import { identify } from '../signals/identity.js';
import { asCount, asText, parseObject } from '../base/json/json.js';
import { listFiles, writeDurably } from '../base/files.js';
import { makeFolder } from '../base/folder.js';
import type { ProjectLog } from './project-log.js';
import type { EpochMs } from '../base/time/units.js';

/** A log and the result of its last pruning. */
export interface KeptLog {
  /** Root of its project. */
  root: string;
  file: string;
  /** Time of the last pruning; null if it was never pruned. */
  at: EpochMs | null;
  /** Events removed by the last pruning. */
  removed: number;
  /** Why it could not be pruned; null if it could. */
  problem: string | null;
}

/** A known log is not looked up again for this long, milliseconds. */
const FRESH_MS = 60_000;

let known = { path: '', at: -Infinity };

/** Registers a log. Throws errors of the operating system. */
export function registerLog(folder: string, { root, file }: ProjectLog): void {
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

/** The registered logs. An invalid file (torn by a crash) is removed; the next event writes it again. */
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
