/** `atel privacy`: the tier that applies, what each tier keeps of a payload, and the removal of texts. */
import { existsSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { NotReadable, readRegular } from '../../base/regular-file/open.js';
import { projectOf } from '../../signals/project.js';
import { tierOf } from '../../signals/recorder-in.js';
import { aboutTier } from '../../signals/privacy/tier.js';
import { CommandError } from '../shared/command-error.js';
import { UsageError } from '../shared/options.js';
import { previewOf } from '../views/privacy-preview.js';
import type { privacy } from '../commands/privacy.js';
import type { OptionsOf, Outside } from '../shared/command.js';

/** Shows the tier of the current folder, shows what would be kept, or removes texts. */
export async function run(
  options: OptionsOf<typeof privacy.flags>,
  outside: Outside,
  what: string | undefined,
): Promise<void> {
  if (what === 'purge') {
    const { purge } = await import('./privacy-purge.js');
    return purge(options, outside);
  }
  const unused = (['above', 'copies', 'dryRun', 'yes'] as const).find((name) => options[name] !== undefined);
  if (unused !== undefined) throw new UsageError(`--${unused.replace('R', '-r')} is for atel privacy purge`);
  if (what === undefined) {
    for (const line of tierLines(outside, process.cwd())) outside.print(line);
    return;
  }
  const lines =
    what === '-'
      ? previewOf(await text(process.stdin), process.cwd())
      : previewOf(fileText(what), process.cwd(), what);
  for (const line of lines) outside.print(line);
}

/** The tier of a folder, and what decides it. */
function tierLines({ config: settings }: Outside, folder: string): string[] {
  const { privacy_tier: privacyTier, project_tiers: projectTiers, contents_days: days, file } = settings();
  const project = projectOf(folder);
  const { tier, chosen } = tierOf({ privacyTier, projectTiers }, project, folder);
  const lowered = tier < chosen ? `, lowered from ${chosen} by .ll/ll-config.json of the repository` : '';
  return [
    `Privacy tier here (${project}): ${tier} (${aboutTier[tier]})${lowered}.`,
    `In general: ${privacyTier} (${aboutTier[privacyTier]}). ${file} sets privacy_tier and project_tiers.`,
    ...(tier === 1
      ? []
      : [days === null ? 'Texts are kept until you remove them.' : `Texts are kept for ${days} days.`]),
  ];
}

/** Size limit of a file, bytes: a transcript is read whole. */
const MOST_BYTES = 256 * 1024 ** 2;

function fileText(path: string): string {
  if (!existsSync(path))
    throw new CommandError(`${path} does not exist: atel privacy takes a file, - or purge`);
  try {
    return readRegular(path, MOST_BYTES);
  } catch (error) {
    const isKnown = error instanceof NotReadable;
    const why = isKnown ? error.message : `${path} cannot be read (${(error as Error).message})`;
    throw new CommandError(`${why}: atel privacy takes a file, - or purge`, { cause: error });
  }
}
