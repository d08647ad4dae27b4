/** Notices that the port of this user's embedded store is served by another user of the machine. */
import { LOCAL_TOKEN, type Config } from '../base/config.js';
import { healthAt } from '../base/loopback/health-at.js';
import { StoreError } from '../store/store-error.js';

/**
 * The error with which rows must not be sent; null if they may. All users of a machine share its ports, and the embedded
 * server takes the token `local` from everybody: without this, the rows of one user would land in the store of another,
 * whose server happened to start first. With a token of its own, another user's store is meant.
 */
export async function storeOfOtherUser(
  { local, tinybird_url: url, append_token: token }: Pick<Config, 'local' | 'tinybird_url' | 'append_token'>,
  own = process.getuid?.(),
): Promise<StoreError | null> {
  if (!local || token !== LOCAL_TOKEN || own === undefined) return null;
  const user = (await healthAt(url))?.user;
  if (typeof user !== 'number' || user === own) return null;
  return new StoreError(
    'unauthorized',
    `${url} is the store of another user of this machine (user id ${user}): set AGENT_TELEMETRY_TINYBIRD_PORT to a free port, or, to share that store, AGENT_TELEMETRY_APPEND_TOKEN and AGENT_TELEMETRY_READ_TOKEN to its tokens`,
    null,
    null,
  );
}
