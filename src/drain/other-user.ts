/** Notices that the port of this user's embedded store is served by another user of the machine. */
import { get } from 'node:http';
import { LOCAL_TOKEN, type Config } from '../base/config.js';
import { parseObject } from '../base/json/json.js';
import { StoreError } from '../store/store-error.js';

/** An answer of `/health` is short. */
const MOST_BYTES = 10_000;

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
  const user = await userAt(new URL('/health', url));
  if (user === undefined || user === own) return null;
  return new StoreError(
    'unauthorized',
    `${url} is the store of another user of this machine (user id ${user}): set AGENT_TELEMETRY_TINYBIRD_PORT to a free port, or, to share that store, AGENT_TELEMETRY_APPEND_TOKEN and AGENT_TELEMETRY_READ_TOKEN to its tokens`,
    null,
    null,
  );
}

/** The user id of the embedded server at an address; undefined if there is none, or another program answers. */
function userAt(url: URL): Promise<number | undefined> {
  return new Promise((resolve) => {
    const request = get(url, { timeout: 1_000, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        text += chunk;
        if (text.length > MOST_BYTES) request.destroy();
      });
      response.on('error', () => resolve(undefined));
      response.on('end', () => {
        const user = parseObject(text)?.user;
        resolve(typeof user === 'number' ? user : undefined);
      });
    });
    request.on('timeout', () => request.destroy());
    request.on('error', () => resolve(undefined));
  });
}
