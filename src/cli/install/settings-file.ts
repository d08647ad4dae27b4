/** Reads and writes settings files of Claude Code, which belong to the user. */
import { isUtf8 } from 'node:buffer';
import { rm } from 'node:fs/promises';
import { isDeepStrictEqual } from 'node:util';
import { readRegularFileBytes } from '../../base/regular-file/handle.js';
import { NotReadable } from '../../base/regular-file/open.js';
import { CommandError } from '../shared/command-error.js';
import { hooksProblem } from './hook-settings.js';
import { realFile, replaceFile } from './replace-file.js';
import { isMissingFile } from '../../base/missing-file.js';

/** Settings as in the file: an object of anything. */
type Settings = Record<string, unknown>;

/** The content of a settings file. */
export interface Found {
  file: string;
  /** Its text; null if there is no file. */
  text: string | null;
  settings: Settings;
  /** The settings without what is ours. */
  rest: Settings;
  /** Whether they contained anything of ours. */
  hasOurs: boolean;
}

/**
 * Reads a settings file.
 *
 * @param withoutOurs removes what is ours from settings
 * @throws {CommandError} with a one-line message, if it is not a valid settings file
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

/** Some editors on Windows start a file with it; Claude Code reads such settings. */
const BYTE_ORDER_MARK = '\uFEFF';

function settingsBytes(file: string): Promise<Buffer | null> {
  return readRegularFileBytes(file).catch((error: unknown) => {
    if (isMissingFile(error)) return null;
    if (error instanceof NotReadable)
      throw new CommandError(`${error.message}; fix it first. Nothing was changed.`);
    throw error;
  });
}

/** Writes settings with the indentation, the line ends and the byte-order mark of the original text. */
export async function writeSettings({ file, text }: Found, settings: Settings): Promise<void> {
  const [, mark = '', indent = '  '] = /^(\uFEFF?)(?:[{]\s*\n([ \t]+))?/.exec(text ?? '') ?? [];
  const written = `${mark}${JSON.stringify(settings, null, indent)}\n`;
  await replaceFile(file, text?.includes('\r\n') === true ? written.replaceAll('\n', '\r\n') : written);
}

/**
 * Restores a file without what is ours.
 *
 * @param before the text before ours was added, to be restored byte for byte (null: there was no file); undefined if it
 *   is unknown or anything else has changed since
 */
export async function takeOut(found: Found, before: string | null | undefined): Promise<void> {
  if (found.text !== null && before !== undefined) {
    if (before !== null) await replaceFile(found.file, before);
    else await rm(await realFile(found.file), { force: true });
  } else if (found.hasOurs) {
    if (Object.keys(found.rest).length > 0) await writeSettings(found, found.rest);
    else await rm(await realFile(found.file));
  }
}

export function parseSettings(text: string, file: string): Settings {
  if (text.trim() === '') return {};
  let settings: unknown;
  try {
    settings = JSON.parse(text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text);
  } catch {
    // Reported below, with the same message as for JSON that is not an object.
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

/** The settings in a file; empty if it does not exist or is not a settings file. */
export async function settingsIn(file: string): Promise<Record<string, unknown>> {
  try {
    return parseSettings((await readText(file)) ?? '', file);
  } catch {
    return {};
  }
}
