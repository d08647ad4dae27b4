/**
 * The log of the background processes, which have nobody to show errors to. `atel status` shows the last line of each
 * part of the program.
 *
 * At a size limit the log begins anew, and its last part is kept in a second file. The background server writes into
 * the log through a descriptor of its own, so the file is emptied and never renamed.
 */
import {
  closeSync,
  fstatSync,
  ftruncateSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { uniqueSuffix } from '../base/files.js';
import type { HomePaths } from '../base/home.js';
import { logParts, type LogPart } from '../base/log-parts.js';
import { readEnd } from '../base/regular-file/end.js';
import { openToAppend } from '../base/regular-file/open.js';
import { redactText } from '../signals/privacy/redact-text.js';
import { withoutControls } from '../store/store-error.js';

/** A failure in the log. */
export interface LogLine {
  part: LogPart;
  /** ISO 8601. */
  at: string;
  message: string;
}

/** Size at which the log begins anew, bytes. The second file is not larger. */
export const LOG_LIMIT_BYTES = 1024 ** 2;

type LogPaths = Pick<HomePaths, 'log' | 'oldLog'>;

/**
 * Writes a line: the time, the part of the program, and what failed, without secrets and control characters; a `note`
 * is about something that did not fail.
 */
export function log(paths: LogPaths, part: LogPart | 'note', what: unknown): void {
  const said = what instanceof Error ? `${what.name}: ${what.message}` : String(what);
  const text = redactText(withoutControls(said)).replace(/\s*[\r\n]\s*/g, ' ');
  try {
    const file = openToAppend(paths.log);
    try {
      writeSync(file, `${new Date().toISOString()} ${part}: ${text}\n`);
    } finally {
      closeSync(file);
    }
  } catch {
    // The disk is full, or the path is not a file.
  }
  limitLog(paths);
}

/**
 * Begins the log anew if it is larger than the limit. A line that another process writes in the same moment may be
 * missing from both files. Never throws: on a full disk the log stays as it is.
 */
export function limitLog({ log: path, oldLog }: LogPaths, limit = LOG_LIMIT_BYTES): void {
  const own = `${oldLog}.${uniqueSuffix()}`;
  try {
    if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) <= limit) return;
    const file = openToAppend(path);
    try {
      const { size } = fstatSync(file);
      writeFileSync(own, readEnd(path, limit), { mode: 0o600, flag: 'wx' });
      // Another process may have begun it anew in the meantime.
      if (fstatSync(file).size < size) return;
      renameSync(own, oldLog);
      ftruncateSync(file);
    } finally {
      closeSync(file);
      rmSync(own, { force: true });
    }
  } catch {
    // As above.
  }
}

const LINE = new RegExp(String.raw`^(\d{4}-\d\d-\d\dT[\d:.]+Z) (${logParts.join('|')}): (.+)$`, 'gm');

/** The last failure of each part of the program that had any, the newest first. */
export function lastFailures(paths: LogPaths): LogLine[] {
  const last = new Map<string, LogLine>();
  for (const path of [paths.oldLog, paths.log])
    for (const [, at = '', name, message = ''] of endOf(path).matchAll(LINE)) {
      const part = logParts.find((known) => known === name);
      if (part !== undefined) last.set(part, { part, at, message });
    }
  return [...last.values()].sort((a, b) => b.at.localeCompare(a.at));
}

function endOf(path: string): string {
  try {
    return readEnd(path, LOG_LIMIT_BYTES);
  } catch {
    return '';
  }
}
