/**
 * Builds the folder dist/ while programs run from it: the new build is made next to it and replaces it in one step.
 * Nothing is built if nothing has changed.
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

/** The inputs of dist/. */
export const SOURCES = [
  'src',
  '.claude-plugin',
  '.claude/hooks',
  'hooks',
  'scripts',
  'build.mjs',
  'package.json',
  'package-lock.json',
  'tinybird.json',
  'tsconfig.json',
  'tsconfig.build.json',
];

/** Tests are not built, and the other two are written by the build itself. */
const NO_SOURCE = /\.test\.tsx?$|picker\.wasm$|\.tinybird-schema-/;

/** A file in dist/ that says what it was built from and when, and which files of the build before it are kept. */
const NOTE = 'built.json';

/** Folder whose files have a hash of their content in their names. */
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

/** Whether dist/ was built from the current sources. */
export function isUpToDate(root) {
  const note = noteOf(join(root, 'dist'));
  if (note === undefined) return false;
  const files = sourcesOf(root);
  return (
    note.sources === namesOf(root, files) && files.every((file) => statSync(file).mtimeMs < note.startedAt)
  );
}

/**
 * Makes an empty folder next to dist/ to build into. It is removed when the process ends, unless it is {@link
 * putInPlace}.
 */
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
 * Replaces dist/ with a built folder. Programs that run from the old one may load more of its chunks later, so the
 * chunks of the last build are kept next to the new ones.
 */
export function putInPlace({ root, name, startedAt, sources }) {
  const [fresh, place, old] = [name, 'dist', `dist.${process.pid}.old`].map((folder) => join(root, folder));
  const kept = keepPieces(place, fresh);
  writeFileSync(join(fresh, NOTE), JSON.stringify({ startedAt, sources, kept }));
  // Another build may put its own folder in place between the two steps.
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

/** Links the chunks of the last build, without those that it had kept itself, and returns their names. */
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
