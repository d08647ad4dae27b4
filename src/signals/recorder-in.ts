/** The recorder of one project: with the privacy tier that applies there. */
import { repositoryTier } from './privacy/repository-tier.js';
import { chosenTier, lowerTo } from './privacy/tier.js';
import type { Recorder } from './row.js';

/**
 * The recorder for the rows of a session: the tier that the user chose for its project, lowered to the one that its
 * repository asks for. Looks at the repository's settings only above tier 1.
 *
 * @param folder working directory of the session; empty if unknown
 */
export function recorderIn(recorder: Recorder, project: string, folder: string): Recorder {
  const chosen = chosenTier(recorder, project, folder);
  const privacyTier = chosen === 1 ? 1 : lowerTo(chosen, repositoryTier(folder));
  return privacyTier === recorder.privacyTier ? recorder : { ...recorder, privacyTier };
}
