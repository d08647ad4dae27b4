// Adds to package-lock.json the optional platform packages that npm left out.
//
// npm writes an optional package into the lock file only if the registry has it. If a mirror lacks those of other
// platforms, `npm ci` refuses the file as out of sync. Their names, versions and platforms are known without the
// registry: run this after `npm install`. `--check` only reports whether something is missing.
import { readFileSync, writeFileSync } from 'node:fs';

const file = new URL('../package-lock.json', import.meta.url);
const lock = JSON.parse(readFileSync(file, 'utf8'));

const systems = [
  'aix',
  'android',
  'darwin',
  'freebsd',
  'linux',
  'netbsd',
  'openbsd',
  'openharmony',
  'sunos',
  'win32',
];
const processors = [
  'arm64',
  'arm',
  'ia32',
  'loong64',
  'mips64el',
  'ppc64',
  'riscv64',
  's390x',
  'wasm32',
  'x64',
];

const missing = Object.entries(lock.packages).flatMap(([path, entry]) =>
  Object.entries(entry.optionalDependencies ?? {})
    .filter(([name]) => !resolves(path, name))
    .map(([name, version]) => ({ name, version, parent: entry })),
);

if (process.argv.includes('--check')) {
  if (missing.length > 0) {
    console.error(
      `package-lock.json lacks ${missing.map(({ name }) => name).join(', ')}; run node scripts/complete-lockfile.mjs`,
    );
    process.exitCode = 1;
  }
} else {
  for (const { name, version, parent } of missing) {
    const words = name.split(/[/-]/);
    lock.packages[`node_modules/${name}`] = {
      version,
      cpu: processors.filter((processor) => words.includes(processor)),
      ...(parent.dev === true && { dev: true }),
      optional: true,
      os: systems.filter((system) => words.includes(system)),
    };
  }
  lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : 1)));
  writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
  console.log(`${missing.length} packages added`);
}

/** Whether a package in `path` finds `name` in the lock file, by node's rules. */
function resolves(path, name) {
  for (let folder = path; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('node_modules/') - 1))) {
    if (`${folder === '' ? '' : `${folder}/`}node_modules/${name}` in lock.packages) return true;
    if (folder === '') return false;
  }
}
