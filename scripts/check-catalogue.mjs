// Prints what the engine's check of the catalogue finds, as JSON for `LocalServerOptions.checked`; nothing without the
// engine, which is an optional dependency. Usage: node scripts/check-catalogue.mjs FOLDER, the one that is being built.
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const CACHE = 'node_modules/.cache/atel/checked';

const [, , out] = process.argv;
const engine = engineVersion();
if (engine !== undefined) process.stdout.write(await checkedCatalogue());

/** The check of the same catalogue with the same server and engine is kept. */
async function checkedCatalogue() {
  const catalogue = await readFile(join(out, 'catalogue.json'), 'utf8');
  // It imports its chunks by the hashes of their contents.
  const server = await readFile(join(out, 'tinybird.js'), 'utf8');
  const key = createHash('sha256')
    .update(JSON.stringify([engine, catalogue, server]))
    .digest('hex');
  const cached = join(CACHE, `${key}.json`);
  const known = await readFile(cached, 'utf8').catch(() => undefined);
  if (known !== undefined) return known;
  const checked = await check(JSON.parse(catalogue));
  await rm(CACHE, { recursive: true, force: true });
  await mkdir(CACHE, { recursive: true });
  await writeFile(cached, checked);
  return checked;
}

async function check(files) {
  const { startLocalServer } = await import(pathToFileURL(resolve(out, 'tinybird.js')).href);
  const dataDir = await mkdtemp(join(tmpdir(), 'atel-build-'));
  try {
    const server = await startLocalServer({
      dataDir,
      port: 0,
      prepare: ({ fetch, adminToken }) => deploy(fetch, adminToken, files),
    });
    const { checked } = server;
    await server.close();
    return JSON.stringify(checked);
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
}

async function deploy(fetch, token, files) {
  const form = new FormData();
  for (const { filename, content } of files) form.append('data_project://', new File([content], filename));
  const answer = await fetch(
    new Request('http://localhost/v1/deploy?auto_promote=true', {
      method: 'POST',
      body: form,
      headers: { authorization: `Bearer ${token}` },
    }),
  );
  const text = await answer.text();
  if (!answer.ok) throw new Error(`The embedded server refuses the catalogue: ${text.slice(0, 2_000)}`);
  // Faults of optional parts only; tables are made for the first time, so there are no others.
  const { feedback } = JSON.parse(text).deployment;
  if (feedback.length > 0)
    throw new Error(`The catalogue has faults: ${JSON.stringify(feedback).slice(0, 2_000)}`);
}

/** Version of the installed engine's package. */
function engineVersion() {
  try {
    return createRequire(import.meta.url)('chdb/package.json').version;
  } catch {
    return undefined;
  }
}
