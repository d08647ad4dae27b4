/** The privacy tiers, and which one applies where. */
import { isAbsolute, sep } from 'node:path';

/** 1: counts and metadata; 2: also prompts and tool parameters; 3: also answers, thinking and tool output. */
export const tiers = [1, 2, 3] as const;
export type Tier = (typeof tiers)[number];

/** What each tier keeps, in a few words. */
export const aboutTier: Readonly<Record<Tier, string>> = {
  1: 'counts and metadata',
  2: 'counts, metadata, prompts and tool parameters',
  3: 'counts, metadata, prompts, answers, tool parameters and output',
};

/** What the user chose: for everything, and for some projects by name or by absolute folder. */
export interface TierChoice {
  privacyTier: Tier;
  projectTiers?: Readonly<Record<string, Tier>>;
}

/**
 * The tier that the user chose for a project: the one of its folder (the deepest that contains the given one), else of
 * its name, else the general one.
 *
 * @param folder working directory of the session; empty if unknown
 */
export function chosenTier(
  { privacyTier, projectTiers = {} }: TierChoice,
  project: string,
  folder: string,
): Tier {
  const holders = Object.keys(projectTiers).filter((key) => isAbsolute(key) && isWithin(folder, key));
  const deepest = holders.reduce((found, key) => (key.length > found.length ? key : found), '');
  const key = deepest === '' ? project : deepest;
  return (Object.hasOwn(projectTiers, key) ? projectTiers[key] : undefined) ?? privacyTier;
}

/** The highest tier that the user chose for anything. */
export function highestTier({ privacyTier, projectTiers = {} }: TierChoice): Tier {
  return Object.values(projectTiers).reduce((highest, one) => (one > highest ? one : highest), privacyTier);
}

/** The lowest of some tiers. */
export function lowerTo(tier: Tier, ...others: readonly Tier[]): Tier {
  return others.reduce((lowest, one) => (one < lowest ? one : lowest), tier);
}

function isWithin(folder: string, holder: string): boolean {
  const root = holder.endsWith(sep) ? holder : `${holder}${sep}`;
  return folder === holder || `${folder}${sep}`.startsWith(root);
}
