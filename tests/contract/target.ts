/** The Tinybird that the contract is checked against: by default the embedded server, started for it. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { serve } from '../../src/local/index.js';

const folder = fileURLToPath(new URL('project', import.meta.url));

interface Answer {
  status: number;
  text: string;
  /** The parsed text; undefined if it is no JSON. */
  body: unknown;
  headers: Headers;
}

export interface Target extends AsyncDisposable {
  /** Sends a request, with the administrator's token unless it names another. */
  send: (path: string, init?: RequestInit & { token?: string }) => Promise<Answer>;
}

/**
 * Opens the target with the datafiles of `project/` deployed. Settings, all of them optional: CONTRACT_URL and
 * CONTRACT_TOKEN (the administrator token of an empty workspace) for another Tinybird, and CONTRACT_DEPLOY=deploy where
 * it takes no builds, as the main workspace of Cloud. A workspace with other resources is refused, because a deployment
 * would remove them.
 */
export async function openTarget(env = process.env): Promise<Target> {
  const { CONTRACT_URL: url, CONTRACT_TOKEN: token = '', CONTRACT_DEPLOY: road = 'build' } = env;
  if (url === undefined) {
    const server = await serve({ folder, token: 'contract-admin' });
    return { send: sender(server.url, server.token), [Symbol.asyncDispose]: () => server.close() };
  }
  const send = sender(url.replace(/\/$/, ''), token);
  await refuseForeign(send);
  const form = new FormData();
  for (const name of readdirSync(folder)) {
    const content = readFileSync(`${folder}/${name}`, 'utf8');
    form.append('data_project://', new File([content], name, { type: 'text/plain' }));
  }
  const path = road === 'deploy' ? '/v1/deploy?auto_promote=true' : '/v1/build';
  const answer = await send(path, { method: 'POST', body: form });
  if (answer.status >= 300) throw new Error(`${path}: ${answer.status} ${answer.text}`);
  return { send, [Symbol.asyncDispose]: () => Promise.resolve() };
}

function sender(url: string, admin: string): Target['send'] {
  return async (path, { token = admin, ...init } = {}) => {
    const headers = new Headers(init.headers);
    headers.set('authorization', `Bearer ${token}`);
    const response = await fetch(url + path, { ...init, headers });
    const text = await response.text();
    return { status: response.status, text, body: parsed(text), headers: response.headers };
  };
}

async function refuseForeign(send: Target['send']): Promise<void> {
  const { body, text } = await send('/v0/datasources');
  const { datasources } = (body ?? {}) as { datasources?: { name: string }[] };
  if (datasources === undefined) throw new Error(`The Data Sources cannot be listed: ${text}`);
  const other = datasources.find(({ name }) => !name.startsWith('contract_'));
  if (other)
    throw new Error(`The workspace has the Data Source ${other.name}: the contract needs one of its own`);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
