/** The workspace that a command changes as its administrator. */
import { LOCAL_TOKEN, loadConfig, loopbackPort } from '../../base/config.js';
import type { DeployTarget } from '../../store/admin-call.js';
import { CommandError } from './command-error.js';

/**
 * The workspace and its token. The tokens of the settings are not needed: the first deployment makes them.
 *
 * @throws {CommandError} if the address is none, or a token is missing
 */
export function adminTarget(env: Readonly<Record<string, string | undefined>>): DeployTarget {
  const url = env.TINYBIRD_URL ?? '';
  const token = env.TINYBIRD_TOKEN ?? '';
  if (url === '') {
    const { tinybird_url, local, file } = loadConfig();
    if (local || token !== '') return { url: tinybird_url, token: token || LOCAL_TOKEN };
    throw new CommandError(missingToken(`tinybird_url of ${file} (${tinybird_url})`));
  }
  if (!/^https?:\/\//.test(url) || !URL.canParse(url))
    throw new CommandError(`TINYBIRD_URL takes an address such as https://api.tinybird.co, not "${url}"`);
  const target = { url, token: token || LOCAL_TOKEN };
  if (token === '' && !isEmbedded(target)) throw new CommandError(missingToken(`TINYBIRD_URL (${url})`));
  return target;
}

/** Whether a workspace is the embedded store. */
export const isEmbedded = ({ url }: DeployTarget) => loopbackPort(url) !== null;

const missingToken = (where: string) =>
  `${where} is not the store of this machine: set TINYBIRD_TOKEN to a token of the workspace that may deploy`;
