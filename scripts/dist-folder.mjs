/**
 * The folder dist/, which programs run from while it is built anew: what is new is built beside it and takes its
 * place in one step, and nothing is built where nothing has changed.
 */
import { createHash } from 'node:crypto';
import {
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join, relative } from 'node:path';

/** What dist/ is built of. */
export const SOURCES = [
  'src',
  'scripts',
  'build.mjs',
  'package.json',
  'package-lock.json',
  'tinybird.json',
  'tsconfig.json',
  'tsconfig.build.json',
];

/** Tests are not built, and these two the build itself writes. */
const NO_SOURCE = /\.test\.tsx?$|picker\.wasm$|\.tinybird-schema-/;

/** Says within dist/ of what and when it was built, and which files of the build before it are kept. */
const NOTE = 'built.json';

/** Folders whose files have the hash of their content in their names. */
const HASHED = 'chunks';

function sourcesOf(root) {
  return SOURCES.flatMap((name) => {
    const path = join(root, name);
    if (!existsSync(path)) return [];
    if (statSync(path).isFile()) return [path];
    return readdirSync(path, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !NO_SOURCE.test(entry.name))
      .map((entry) => join(entry.parentPath, entry.name));
  });
}

function namesOf(root, files) {
  const names = files.map((file) => relative(root, file)).sort();
  return createHash('sha256').update(names.join('\n')).digest('hex');
}

function noteOf(folder) {
  try {
    return JSON.parse(readFileSync(join(folder, NOTE), 'utf8'));
  } catch {
    return undefined;
  }
}

/** Whether dist/ was built of the sources as they are. */
export function isUpToDate(root) {
  const note = noteOf(join(root, 'dist'));
  if (note === undefined) return false;
  const files = sourcesOf(root);
  return (
    note.sources === namesOf(root, files) && files.every((file) => statSync(file).mtimeMs < note.startedAt)
  );
}

/** Makes an empty folder beside dist/ to build into. It goes with the process unless it is {@link putInPlace}. */
export function newFolder(root) {
  const startedAt = Date.now();
  const sources = namesOf(root, sourcesOf(root));
  const name = `dist.${process.pid}.new`;
  rmSync(join(root, name), { recursive: true, force: true });
  mkdirSync(join(root, name));
  process.once('exit', () => rmSync(join(root, name), { recursive: true, force: true }));
  return { root, name, startedAt, sources };
}

/**
 * Lets a built folder take the place of dist/. What runs from the old one may load more of its pieces later: those
 * of the last build stay beside the new ones.
 */
export function putInPlace({ root, name, startedAt, sources }) {
  const [fresh, place, old] = [name, 'dist', `dist.${process.pid}.old`].map((folder) => join(root, folder));
  const kept = keepPieces(place, fresh);
  writeFileSync(join(fresh, NOTE), JSON.stringify({ startedAt, sources, kept }));
  // Another build may put its own in place between the two steps.
  for (let attempts = 5; ; attempts -= 1) {
    try {
      if (existsSync(place)) renameSync(place, old);
      renameSync(fresh, place);
      break;
    } catch (error) {
      if (attempts === 0 || !['ENOENT', 'ENOTEMPTY', 'EEXIST'].includes(error.code)) throw error;
    } finally {
      rmSync(old, { recursive: true, force: true });
    }
  }
}

/** Links the pieces of the last build, but for those that it kept itself, and returns their names. */
function keepPieces(from, to) {
  const pieces = join(from, HASHED);
  if (!existsSync(pieces)) return [];
  const earlier = new Set(noteOf(from)?.kept ?? []);
  const kept = readdirSync(pieces).filter(
    (piece) => !earlier.has(piece) && !existsSync(join(to, HASHED, piece)),
  );
  for (const piece of kept) linkSync(join(pieces, piece), join(to, HASHED, piece));
  return kept;
}
