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
 * its name, else the general one. A folder may have several paths, by links and worktrees: the lowest of their tiers
 * counts.
 *
 * @param folders absolute paths of the session's working directory; empty if unknown
 * @param pathsOf the paths of a folder that the settings name
 */
export function chosenTier(
  { privacyTier, projectTiers = {} }: TierChoice,
  project: string,
  folders: readonly string[],
  pathsOf: (folder: string) => readonly string[] = (folder) => [folder],
): Tier {
  const holders = Object.entries(projectTiers).flatMap(([key, tier]) =>
    isAbsolute(key) ? pathsOf(key).map((path) => ({ path, tier })) : [],
  );
  const found = folders.flatMap((folder) => {
    const around = holders.filter(({ path }) => isWithin(folder, path));
    const deepest = Math.max(...around.map(({ path }) => path.length));
    return around.filter(({ path }) => path.length === deepest).map(({ tier }) => tier);
  });
  const [first, ...others] = found;
  if (first !== undefined) return lowerTo(first, ...others);
  return (Object.hasOwn(projectTiers, project) ? projectTiers[project] : undefined) ?? privacyTier;
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
