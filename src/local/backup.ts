/**
 * Copies of a data folder. A backup is a folder with `backup.json`, which lists every file with its size and SHA-256, and
 * `data/`, the files. The server must not run while a copy is made or put back: the folder is locked for that time.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import {
  copyFile,
  lstat,
  mkdir,
  open,
  readdir,
  readFile,
  readlink,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import * as z from 'zod/mini';
import { uniqueSuffix } from '../base/files.js';
import { parseObject } from '../base/json/json.js';
import { isAlive } from '../base/lock-file.js';
import { leadsInto } from '../base/real-path.js';
import { LocalServerError } from './errors.js';
import { flushFolder } from './files.js';
import { lockFolder } from './lock.js';
import { renewStoreId } from './store-id.js';

const FORMAT = 1;
const MANIFEST = 'backup.json';
const DATA = 'data';
/** Belongs to the process that serves, not to the data. */
const LEFT_OUT = 'server.lock';

const manifestSchema = z.object({
  format: z.literal(FORMAT),
  made_at: z.string(),
  files: z.record(z.string(), z.object({ bytes: z.number(), sha256: z.string() })),
  links: z.record(z.string(), z.string()),
});
type Manifest = z.infer<typeof manifestSchema>;

/** What a backup holds. */
export interface BackupSize {
  files: number;
  bytes: number;
  /** When it was made, ISO 8601. */
  madeAt: string;
}

/**
 * Copies a data folder into a new folder, which appears at once and whole, or not at all.
 *
 * @throws {LocalServerError} if the target exists, there is no data folder, or a server runs in it
 */
export async function backUp(dataDir: string, target: string): Promise<BackupSize> {
  if (await exists(target)) throw problem(`${target} exists already: name a new folder`);
  if (leadsInto(target, dataDir))
    throw problem(
      `${target} is inside the store (${dataDir}), which would be copied into itself: name a folder elsewhere`,
    );
  if (!(await exists(dataDir))) throw problem(`There is no store to back up: ${dataDir} does not exist`);
  const lock = await lockFolder(dataDir);
  await removeInterrupted(target);
  const partial = `${target}.${uniqueSuffix()}.partial`;
  try {
    await mkdir(partial, { recursive: true, mode: 0o700 });
    const manifest: Manifest = {
      format: FORMAT,
      made_at: new Date().toISOString(),
      ...(await copyAll(dataDir, partial)),
    };
    await writeFile(join(partial, MANIFEST), JSON.stringify(manifest), { mode: 0o600, flush: true });
    await rename(partial, target);
    await flushFolder(dirname(target));
    return sizeOf(manifest);
  } finally {
    await rm(partial, { recursive: true, force: true });
    await lock.release();
  }
}

/**
 * Puts a backup in the place of a data folder, after every file of it was checked. The store gets a new id, so that
 * senders know that it may lack rows.
 *
 * @returns the size, and where the replaced folder is now; null if there was none
 * @throws {LocalServerError} if the backup is incomplete or damaged, or a server runs: then nothing was changed
 */
export async function putBack(
  source: string,
  dataDir: string,
): Promise<BackupSize & { replaced: string | null }> {
  if (source.endsWith('.partial'))
    throw problem(`${source} is left over from a copy that was interrupted: name a whole backup`);
  const manifest = await readManifest(source);
  if (leadsInto(source, dataDir))
    throw problem(
      `${source} is inside the store (${dataDir}), which a restore replaces: move it elsewhere first`,
    );
  const link = await readlink(dataDir).catch(() => undefined);
  if (link !== undefined)
    throw problem(
      `${dataDir} is a link to ${link}: a restore would replace the link and leave the store there. Remove the link, then restore`,
    );
  await removeInterrupted(dataDir);
  const partial = `${dataDir}.${uniqueSuffix()}.partial`;
  try {
    await mkdir(partial, { recursive: true, mode: 0o700 });
    const copied = await copyAll(join(source, DATA), partial, '.');
    const wrong = firstDifference(manifest, copied);
    if (wrong !== undefined) throw problem(`${source} is damaged: ${wrong}. Nothing was changed`);
    await renewStoreId(partial);
    const replaced = await replace(partial, dataDir, manifest.made_at);
    return { ...sizeOf(manifest), replaced };
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
}

async function replace(partial: string, dataDir: string, madeAt: string): Promise<string | null> {
  if (!(await exists(dataDir))) {
    await rename(partial, dataDir);
    return null;
  }
  const lock = await lockFolder(dataDir);
  const aside = `${dataDir}.before-${madeAt.replace(/\D/g, '').slice(0, 14)}-${uniqueSuffix()}`;
  try {
    await rename(dataDir, aside);
    await rename(partial, dataDir).catch(async (error: unknown) => {
      await rename(aside, dataDir);
      throw error;
    });
    await rm(join(aside, LEFT_OUT), { force: true });
    await flushFolder(dirname(dataDir));
    return aside;
  } finally {
    await lock.release();
  }
}

/** Removes what copies into this folder left beside it when they were killed. */
async function removeInterrupted(target: string): Promise<void> {
  const own = basename(target);
  for (const name of await readdir(dirname(target)).catch(() => [])) {
    const pid = /^\.([0-9a-z]+)-[0-9a-z]+\.partial$/.exec(name.slice(own.length))?.[1];
    if (name.startsWith(own) && pid !== undefined && !isAlive(parseInt(pid, 36)))
      await rm(join(dirname(target), name), { recursive: true, force: true });
  }
}

/** The folders that {@link putBack} has replaced, and copies that were interrupted, beside a data folder. */
export async function copiesBeside(dataDir: string): Promise<string[]> {
  const own = basename(dataDir);
  const names = await readdir(dirname(dataDir)).catch(() => []);
  return names
    .filter(
      (name) =>
        name.startsWith(`${own}.before-`) || (name.startsWith(`${own}.`) && name.endsWith('.partial')),
    )
    .sort()
    .map((name) => join(dirname(dataDir), name));
}

/** Copies everything below a folder into `below` of another one, and lists it. */
async function copyAll(from: string, to: string, below = DATA): Promise<Pick<Manifest, 'files' | 'links'>> {
  const files: Manifest['files'] = {};
  const links: Manifest['links'] = {};
  const copy = async (path: string): Promise<void> => {
    await mkdir(join(to, below, path), { recursive: true, mode: 0o700 });
    for (const name of (await readdir(join(from, path))).sort()) {
      const inside = join(path, name);
      if (inside === LEFT_OUT) continue;
      const [source, target] = [join(from, inside), join(to, below, inside)];
      const stats = await lstat(source);
      if (stats.isDirectory()) await copy(inside);
      else if (stats.isSymbolicLink()) await symlink((links[inside] = await readlink(source)), target);
      else if (stats.isFile()) files[inside] = await copyOne(source, target);
    }
  };
  await copy('');
  return { files, links };
}

/** Copies a file and describes the copy, as it is on disk. */
async function copyOne(source: string, target: string): Promise<Manifest['files'][string]> {
  await copyFile(source, target);
  const handle = await open(target, 'r+');
  await handle.sync().finally(() => handle.close());
  const hash = createHash('sha256');
  await pipeline(createReadStream(target), hash);
  return { bytes: (await stat(target)).size, sha256: hash.digest('hex') };
}

async function readManifest(source: string): Promise<Manifest> {
  const text = await readFile(join(source, MANIFEST), 'utf8').catch(() => undefined);
  if (text === undefined) throw problem(`${source} is no backup: it has no ${MANIFEST}`);
  const parsed = manifestSchema.safeParse(parseObject(text));
  if (!parsed.success) throw problem(`${join(source, MANIFEST)} is damaged, or of a newer version`);
  return parsed.data;
}

/** What differs between a manifest and what was copied; undefined if nothing does. */
function firstDifference(manifest: Manifest, copied: Pick<Manifest, 'files' | 'links'>): string | undefined {
  for (const [path, { bytes, sha256 }] of Object.entries(manifest.files)) {
    const found = copied.files[path];
    if (found === undefined) return `${path} is missing`;
    if (found.bytes !== bytes || found.sha256 !== sha256) return `${path} has changed`;
  }
  for (const [path, to] of Object.entries(manifest.links))
    if (copied.links[path] !== to) return `${path} has changed`;
  const known = new Set([...Object.keys(manifest.files), ...Object.keys(manifest.links)]);
  const stranger = [...Object.keys(copied.files), ...Object.keys(copied.links)].find(
    (path) => !known.has(path),
  );
  return stranger === undefined ? undefined : `${stranger} is not part of it`;
}

function sizeOf({ files, made_at }: Manifest): BackupSize {
  const all = Object.values(files);
  return { files: all.length, bytes: all.reduce((sum, { bytes }) => sum + bytes, 0), madeAt: made_at };
}

const exists = (path: string) =>
  lstat(path).then(
    () => true,
    () => false,
  );

const problem = (message: string) => new LocalServerError('BACKUP', message);
