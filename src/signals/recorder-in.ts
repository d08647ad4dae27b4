/** The recorder of one session: with the privacy tier that applies to it. */
import { existsSync } from 'node:fs';
import { knownTier, noteTier } from './privacy/known-tiers.js';
import { pathsOf, placesOf } from './privacy/places.js';
import { repositoryTier } from './privacy/repository-tier.js';
import { chosenTier, highestTier, lowerTo, type Tier, type TierChoice } from './privacy/tier.js';
import { projectOf } from './project.js';
import type { Recorder } from './row.js';

/**
 * The recorder for the rows of a session: the tier that the user chose for its project, lowered to the one that its
 * repository asks for. A session may have worked in several folders: the lowest of their tiers counts. Looks at folders
 * only if the user chose more than tier 1 for anything, and once per recorder.
 *
 * @param folders working directories of the session, as they were given; those that are no absolute paths of this
 *   system have the tier of their project
 */
export function recorderIn(recorder: Recorder, project: string, folders: readonly string[]): Recorder {
  if (highestTier(recorder) === 1) return recorder;
  const [first = '', ...others] = folders;
  const found = [
    tierIn(recorder, project, first),
    ...others.map((folder) => tierIn(recorder, projectOf(folder), folder)),
  ];
  const privacyTier = lowerTo(3, ...found);
  return privacyTier === recorder.privacyTier ? recorder : { ...recorder, privacyTier };
}

/** What was found for each folder and project, by recorder: a pass makes one. */
const found = new WeakMap<Recorder, Map<string, Tier>>();

function tierIn(recorder: Recorder, project: string, folder: string): Tier {
  let known = found.get(recorder);
  if (known === undefined) found.set(recorder, (known = new Map<string, Tier>()));
  const key = `${project}\n${folder}`;
  let tier = known.get(key);
  if (tier === undefined)
    known.set(key, (tier = tierOf(recorder, project, folder, recorder.knownTiers).tier));
  return tier;
}

/**
 * The tier of a folder, and the one that the user chose for it.
 *
 * @param memory file with what repositories have asked for, see known-tiers.ts; none is read or written without it
 */
export function tierOf(
  choice: TierChoice,
  project: string,
  folder: string,
  memory?: string,
): { tier: Tier; chosen: Tier } {
  const places = placesOf(folder);
  const chosen = chosenTier(choice, project, places, pathsOf);
  if (chosen === 1) return { tier: 1, chosen };
  let asked = repositoryTier(places);
  if (places.length === 0) return { tier: lowerTo(chosen, asked), chosen };
  if (!existsSync(folder)) asked = lowerTo(asked, knownTier(memory, folder));
  else for (const path of pathsOf(folder)) noteTier(memory, path, asked);
  return { tier: lowerTo(chosen, asked), chosen };
}
