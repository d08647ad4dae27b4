import { isUtf8 } from 'node:buffer';
import { rm } from 'node:fs/promises';
import { isDeepStrictEqual } from 'node:util';
import { readRegularFileBytes } from '../../base/regular-file/handle.js';
import { NotReadable } from '../../base/regular-file/open.js';
import { CommandError } from '../shared/command-error.js';
import { hooksProblem } from './hook-settings.js';
import { replaceFile } from './replace-file.js';

/** Settings as they are in the file: an object of anything. */
type Settings = Record<string, unknown>;

/** A settings file of Claude Code as it was found. */
export interface Found {
  file: string;
  /** Its text; null if there is no file. */
  text: string | null;
  settings: Settings;
  /** The settings without what is ours. */
  rest: Settings;
  /** Whether anything of ours was in them. */
  hasOurs: boolean;
}

/**
 * Reads a settings file.
 *
 * @param withoutOurs takes what is ours out of settings
 * @throws {CommandError} where it is none, in one line
 */
export async function readSettings(
  file: string,
  withoutOurs: (settings: Settings) => Settings,
): Promise<Found> {
  const text = await readText(file);
  const settings = parseSettings(text ?? '', file);
  const rest = withoutOurs(settings);
  return { file, text, settings, rest, hasOurs: !isDeepStrictEqual(rest, settings) };
}

/** The text of a file; null if there is none. */
export async function readText(file: string): Promise<string | null> {
  const bytes = await settingsBytes(file);
  if (bytes !== null && !isUtf8(bytes))
    throw new CommandError(`${file} is not UTF-8; fix it first. Nothing was changed.`);
  return bytes === null ? null : bytes.toString('utf8');
}

/** Some editors on Windows begin a file with it; Claude Code reads such settings. */
const BYTE_ORDER_MARK = '\uFEFF';

function settingsBytes(file: string): Promise<Buffer | null> {
  return readRegularFileBytes(file).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    if (error instanceof NotReadable)
      throw new CommandError(`${error.message}; fix it first. Nothing was changed.`);
    throw error;
  });
}

/** Writes settings with the indentation and the byte-order mark of the text that was found. */
export async function writeSettings({ file, text }: Found, settings: Settings): Promise<void> {
  const [, mark = '', indent = '  '] = /^(\uFEFF?)(?:[{]\s*\n([ \t]+))?/.exec(text ?? '') ?? [];
  await replaceFile(file, `${mark}${JSON.stringify(settings, null, indent)}\n`);
}

/**
 * Leaves a file without what is ours.
 *
 * @param before the text before us where it is to come back byte for byte (null: there was no file); undefined
 *   where there is none, or something else has changed since
 */
export async function takeOut(found: Found, before: string | null | undefined): Promise<void> {
  if (found.text !== null && before !== undefined) {
    if (before !== null) await replaceFile(found.file, before);
    else await rm(found.file, { force: true });
  } else if (found.hasOurs) {
    if (Object.keys(found.rest).length > 0) await writeSettings(found, found.rest);
    else await rm(found.file);
  }
}

export function parseSettings(text: string, file: string): Settings {
  if (text.trim() === '') return {};
  let settings: unknown;
  try {
    settings = JSON.parse(text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text);
  } catch {
    // Said below, in the same words as for JSON that is no object.
  }
  if (typeof settings !== 'object' || settings === null || Array.isArray(settings)) {
    throw new CommandError(`${file} is not a JSON object; fix it first. Nothing was changed.`);
  }
  const record: Settings = { ...settings };
  const problem = hooksProblem(record);
  if (problem !== undefined)
    throw new CommandError(`${file}: ${problem}; fix it first. Nothing was changed.`);
  return record;
}

/** The settings of a file; none where it is not there or is no settings file. */
export async function settingsIn(file: string): Promise<Record<string, unknown>> {
  try {
    return parseSettings((await readText(file)) ?? '', file);
  } catch {
    return {};
  }
}
