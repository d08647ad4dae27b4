/** How long Claude Code keeps transcripts. */
import { managedFiles } from './managed-settings.js';
import { settingsIn } from './settings-file.js';

/** Days that Claude Code keeps a transcript after its last line, unless a setting says otherwise. */
const DEFAULT_DAYS = 30;

/** How long Claude Code keeps a transcript after its last line, and the file that says so; null: its default. */
export interface TranscriptRetention {
  days: number;
  file: string | null;
}

/**
 * Reads `cleanupPeriodDays`. The client refuses a value below 1, so such a value does not count here.
 *
 * @param files the settings of the user and of the folder; a later one has precedence
 * @param managed the managed settings of the machine, which have precedence over all
 */
export async function transcriptRetention(
  files: readonly string[],
  managed: string,
): Promise<TranscriptRetention> {
  let retention: TranscriptRetention = { days: DEFAULT_DAYS, file: null };
  for (const file of [...files, ...(await managedFiles(managed))]) {
    const { cleanupPeriodDays: days } = await settingsIn(file);
    if (typeof days === 'number' && Number.isFinite(days) && days >= 1) retention = { days, file };
  }
  return retention;
}
