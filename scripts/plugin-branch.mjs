// Makes the branch that Claude Code installs the plugin from: the content of dist/ as a marketplace of its own.
//
//     node scripts/plugin-branch.mjs [BRANCH]
//
// The source has no dist/, so a marketplace that is the source itself has no plugin. A release pushes this branch. Each
// commit has the one before as its parent. The working tree and the index are not touched. GIT_DIR chooses another
// repository.
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const branch = process.argv[2] ?? 'plugin';
const dist = join(root, 'dist');
if (!existsSync(join(dist, '.claude-plugin', 'plugin.json'))) {
  console.error('dist/ is not built: run npm run build first');
  process.exit(1);
}
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

const temporary = mkdtempSync(join(tmpdir(), 'atel-plugin-'));
try {
  const tree = join(temporary, 'tree');
  cpSync(dist, tree, { recursive: true });
  // Types are for programs that use the SDK.
  rmSync(join(tree, 'types'), { recursive: true, force: true });
  const marketplace = JSON.parse(readFileSync(join(root, '.claude-plugin', 'marketplace.json'), 'utf8'));
  const plugins = marketplace.plugins.map((plugin) => ({ ...plugin, source: './' }));
  writeFileSync(
    join(tree, '.claude-plugin', 'marketplace.json'),
    `${JSON.stringify({ ...marketplace, plugins }, null, 2)}\n`,
  );
  for (const file of ['LICENSE', '.gitattributes'])
    if (existsSync(join(root, file))) cpSync(join(root, file), join(tree, file));

  const git = (...args) =>
    execFileSync('git', args, {
      cwd: root,
      encoding: 'utf8',
      env: { ...process.env, GIT_WORK_TREE: tree, GIT_INDEX_FILE: join(temporary, 'index') },
      stdio: ['ignore', 'pipe', 'pipe'],
    }).trim();
  const ref = `refs/heads/${branch}`;
  git('-C', tree, '--git-dir', gitDir(), 'add', '--all', '--force');
  const parent = tryGit(() => git('rev-parse', '--verify', '--quiet', ref));
  const commit = git(
    'commit-tree',
    git('write-tree'),
    ...(parent === undefined ? [] : ['-p', parent]),
    '-m',
    `The plugin of version ${version}`,
  );
  git('update-ref', ref, commit);
  console.log(`${branch}: ${commit}`);
} finally {
  rmSync(temporary, { recursive: true, force: true });
}

/** The git folder, as an absolute path: git is called in another folder. */
function gitDir() {
  return execFileSync('git', ['rev-parse', '--absolute-git-dir'], { cwd: root, encoding: 'utf8' }).trim();
}

function tryGit(run) {
  try {
    return run();
  } catch {
    return undefined;
  }
}
