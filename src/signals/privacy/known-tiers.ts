/**
 * The tiers that repositories have asked for, kept in a file of the telemetry folder: where a folder is gone, its
 * settings cannot be read any more, and the tier must not rise for that. One line per finding, `[folder, tier]` as JSON;
 * the last one of a folder counts.
 */
import { appendFileSync } from 'node:fs';
import { asArray } from '../../base/json/json.js';
import { textOrEmpty } from '../../base/regular-file/open.js';
import { withParents } from '../project.js';
import { lowerTo, tiers, type Tier } from './tier.js';

/** The lowest tier known of a folder that is gone, and of those above it; 3 if nothing is known. */
export function knownTier(file: string | undefined, folder: string): Tier {
  const known = read(file);
  return lowerTo(3, ...withParents(folder).flatMap((here) => known.get(here) ?? []));
}

/** Notes what the settings of a folder's repository ask for now. A file that cannot be written is left alone. */
export function noteTier(file: string | undefined, folder: string, tier: Tier): void {
  if (file === undefined || (read(file).get(folder) ?? 3) === tier) return;
  try {
    appendFileSync(file, `${JSON.stringify([folder, tier])}\n`, { mode: 0o600 });
  } catch {
    // The settings themselves still count while the folder exists.
  }
}

function read(file: string | undefined): Map<string, Tier> {
  const known = new Map<string, Tier>();
  if (file === undefined) return known;
  for (const line of textOrEmpty(file).split('\n')) {
    const [folder, asked] = parsed(line);
    const tier = tiers.find((one) => one === asked);
    if (typeof folder === 'string' && tier !== undefined) known.set(folder, tier);
  }
  return known;
}

function parsed(line: string): unknown[] {
  try {
    return asArray(JSON.parse(line));
  } catch {
    return [];
  }
}
