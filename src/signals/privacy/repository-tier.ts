/**
 * What a repository says about its privacy tier: `{"telemetry": {"privacy_tier": 1}}` in `.ll/ll-config.json`. It comes
 * with the repository and is not trusted, so it can only lower the tier.
 */
import { join } from 'node:path';
import { isObject, parseObject } from '../../base/json/json.js';
import { readRegular } from '../../base/regular-file/open.js';
import { withParents } from '../project.js';
import { lowerTo, tiers, type Tier } from './tier.js';

const CONFIG = join('.ll', 'll-config.json');
/** Size limit of such a file, bytes. */
const MOST_BYTES = 64 * 1024;

/**
 * The lowest tier that the settings of some folders and of those above them ask for; 3 if none asks for one. A file that
 * cannot be read, is larger than 64 KiB, or asks for anything but a tier, asks for tier 1.
 *
 * @param places all paths of one folder: by links, and in the main working tree
 */
export function repositoryTier(places: readonly string[]): Tier {
  const folders = new Set(places.flatMap(withParents));
  return lowerTo(3, ...[...folders].map((one) => tierIn(join(one, CONFIG))));
}

function tierIn(file: string): Tier {
  let text: string;
  try {
    text = readRegular(file, MOST_BYTES);
  } catch (error) {
    return ['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '') ? 3 : 1;
  }
  const telemetry = parseObject(text)?.telemetry;
  if (telemetry === undefined) return parseObject(text) === undefined ? 1 : 3;
  if (!isObject(telemetry)) return 1;
  const { privacy_tier: asked } = telemetry;
  return asked === undefined ? 3 : (tiers.find((tier) => tier === asked) ?? 1);
}
