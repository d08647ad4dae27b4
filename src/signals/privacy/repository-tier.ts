/**
 * What a repository says about its privacy tier: `{"telemetry": {"privacy_tier": 1}}` in `.ll/ll-config.json`. It comes
 * with the repository and is not trusted, so it can only lower the tier.
 */
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { asObject, parseObject } from '../../base/json/json.js';
import { readRegular } from '../../base/regular-file/open.js';
import { mainRoot } from '../project.js';
import { lowerTo, tiers, type Tier } from './tier.js';

const CONFIG = join('.ll', 'll-config.json');

/**
 * The lowest tier that the settings of a folder, of those above it and of its main repository ask for; 3 if none asks
 * for one. A file that cannot be read, or that asks for anything but a tier, asks for tier 1.
 */
export function repositoryTier(folder: string): Tier {
  if (!isAbsolute(folder)) return 3;
  const folders = new Set([mainRoot(folder) ?? resolve(folder)]);
  for (let here = resolve(folder); ; here = dirname(here)) {
    folders.add(here);
    if (dirname(here) === here) break;
  }
  return lowerTo(3, ...[...folders].map((one) => tierIn(join(one, CONFIG))));
}

function tierIn(file: string): Tier {
  let text: string;
  try {
    text = readRegular(file);
  } catch (error) {
    return ['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '') ? 3 : 1;
  }
  const config = parseObject(text);
  if (config === undefined) return 1;
  const asked = asObject(config.telemetry)?.privacy_tier;
  return asked === undefined ? 3 : (tiers.find((tier) => tier === asked) ?? 1);
}
