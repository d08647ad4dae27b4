/** `atel deploy`: deploys the catalogue of this version to a Tinybird workspace. */
import { join } from 'node:path';
import { programFolder } from '../../base/program-folder.js';
import { deployFiles, planOf, untilLive, type DeployPlan } from '../../store/deployment.js';
import type { DeployTarget } from '../../store/admin-call.js';
import { adminTarget, isEmbedded } from '../shared/admin-target.js';
import { StoreError } from '../../store/store-error.js';
import { readCatalogue } from '../shared/catalogue.js';
import { CommandError } from '../shared/command-error.js';
import type { deploy } from '../commands/deploy.js';
import type { OptionsOf, Outside } from '../shared/command.js';

/** @throws {CommandError} if the workspace would lose something, or does not take the catalogue */
export async function run(options: OptionsOf<typeof deploy.flags>, { print }: Outside): Promise<void> {
  const [check, allowDestructive] = [options.check === true, options.allowDestructive === true];
  const target = adminTarget(process.env);
  const files = await readCatalogue(join(programFolder, 'catalogue.json'));
  try {
    const plan = await planOf(target, files);
    for (const line of planLines(target, plan)) print(line);
    if (plan.removes.length > 0 && !allowDestructive) throw new CommandError(wouldRemove(plan));
    const outcome = await deployFiles(target, files, { check, allowDestructive });
    for (const line of outcome.feedback) print(line);
    if (check) {
      print('Check passed: Tinybird would take it. Nothing was changed.');
      return;
    }
    if (outcome.isUnchanged) {
      print('The workspace has all of it already: nothing was changed.');
      return;
    }
    if (outcome.id !== null && !outcome.isLive) {
      print(`Deployment ${outcome.id} is being filled …`);
      await untilLive(target, outcome.id);
    }
    print(`Deployed${outcome.id === null ? '' : ` (deployment ${outcome.id})`}: it answers queries.`);
    if (!isEmbedded(target))
      print(
        'Next: copy the values of the tokens agent_telemetry_append and agent_telemetry_read from the workspace into append_token and read_token of your settings file.',
      );
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    const advice =
      error.kind === 'unauthorized'
        ? ' (TINYBIRD_TOKEN must be a token that may deploy: the admin token)'
        : '';
    throw new CommandError(`${error.message}${advice}`, { cause: error });
  }
}

function planLines({ url }: DeployTarget, { creates, keeps, removes }: DeployPlan): string[] {
  return [
    `Workspace at ${new URL(url).origin}: ${count(creates.length, 'resource')} new, ${keeps.length} there already.`,
    ...creates.map((name) => `  + ${name}`),
    ...removes.map((name) => `  - ${name}`),
  ];
}

function wouldRemove({ removes }: DeployPlan): string {
  return `The workspace has ${count(removes.length, 'resource')} that this version does not have. A deployment replaces the whole project, so they and their rows would be removed. Use a workspace of its own, or --allow-destructive. Nothing was changed.`;
}

function count(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? '' : 's'}`;
}
