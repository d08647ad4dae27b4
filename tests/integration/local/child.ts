import { readFileSync } from 'node:fs';
import { startLocalServer, type LocalServerOptions } from '../../../src/local/index.js';

/**
 * A server in a separate process, so that tests can kill it: `child.ts FOLDER [FILES.json]`. Prints its address; with
 * files, prints `deploying` and deploys them. SERVER_OPTIONS may hold options as JSON.
 */
const [folder = '', filesPath] = process.argv.slice(2);
const options = JSON.parse(process.env.SERVER_OPTIONS ?? '{}') as Partial<LocalServerOptions>;
const server = await startLocalServer({ dataDir: folder, port: 0, ...options });
// As atel up does.
void server.broken.then(() => process.kill(process.pid, 'SIGKILL'));
process.stdout.write(`${server.url}\n`);
if (filesPath !== undefined) {
  const files = JSON.parse(readFileSync(filesPath, 'utf8')) as Record<string, string>;
  const form = new FormData();
  for (const [name, content] of Object.entries(files))
    form.append('data_project://', new File([content], name));
  process.stdout.write('deploying\n');
  const request = new Request(`${server.url}/v1/deploy?auto_promote=true`, {
    method: 'POST',
    body: form,
    headers: { authorization: `Bearer ${server.adminToken}` },
  });
  const response = await server.fetch(request);
  process.stdout.write(`deployed ${response.status}\n`);
}
