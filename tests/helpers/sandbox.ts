/** Makes a temporary home and git project for the real client. */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import { endBackground } from './background.js';

const run = promisify(execFile);

/** A user's machine in a temporary folder: a home, and a git project for Claude Code. */
export interface Sandbox extends AsyncDisposable {
  /** The folder that contains all the others, symbolic links resolved. */
  root: string;
  /** $HOME of the client. */
  home: string;
  /** A git repository with one commit, the agent `reviewer` (haiku) and the skill `release-notes`. */
  project: string;
  /** Writes a file in the project, with its folders, and returns its path. */
  write: (path: string, content: string) => Promise<string>;
  /** All transcripts that the client wrote: main files and subagents' files, sorted. */
  transcripts: () => Promise<string[]>;
}

const REVIEWER = `---
name: reviewer
description: Reviews code
tools: Read, Bash
model: haiku
---
You review code.
`;

const RELEASE_NOTES = `---
name: release-notes
description: Write release notes
---
Write them.
`;

/** Makes a sandbox. `await using` or `[Symbol.asyncDispose]()` ends the telemetry that runs there and removes it. */
export async function createSandbox(): Promise<Sandbox> {
  const root = await realpath(await mkdtemp(join(tmpdir(), 'atel-sandbox-')));
  const home = join(root, 'home');
  const project = join(root, 'shop');

  async function put(path: string, content: string): Promise<string> {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content);
    return path;
  }
  const write = (path: string, content: string): Promise<string> => put(join(project, path), content);

  await put(join(home, '.gitconfig'), '[user]\n\tname = Sandbox\n\temail = sandbox@example.com\n');
  await put(
    join(home, '.claude.json'),
    JSON.stringify({
      hasCompletedOnboarding: true,
      projects: { [project]: { hasTrustDialogAccepted: true, hasCompletedProjectOnboarding: true } },
    }),
  );
  await write('README.md', '# Shop\n');
  await write('.claude/agents/reviewer.md', REVIEWER);
  await write('.claude/skills/release-notes/SKILL.md', RELEASE_NOTES);

  const env = { PATH: process.env.PATH, HOME: home, GIT_CONFIG_NOSYSTEM: '1' };
  for (const args of [
    ['init', '--quiet', '--initial-branch=main'],
    ['add', '--all'],
    ['commit', '--quiet', '--message=chore: begin'],
  ]) {
    await run('git', args, { cwd: project, env });
  }

  return {
    root,
    home,
    project,
    write,
    async transcripts() {
      const folder = join(home, '.claude', 'projects');
      const files = await readdir(folder, { recursive: true });
      return files
        .filter((file) => file.endsWith('.jsonl'))
        .map((file) => join(folder, file))
        .sort();
    },
    async [Symbol.asyncDispose]() {
      await endBackground(join(home, '.agent-telemetry'));
      // A process that a hook detached may still be writing: try again.
      await rm(root, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
    },
  };
}

const object = z.record(z.string(), z.unknown());

/** Parses a file of JSON lines. */
export async function readLines(file: string): Promise<Record<string, unknown>[]> {
  const lines = (await readFile(file, 'utf8')).split('\n').filter((line) => line !== '');
  return lines.map((line) => object.parse(JSON.parse(line)));
}
