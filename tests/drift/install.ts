/** Installs a client from npm into a temporary folder. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { clientBinary } from '../helpers/client-binary.js';

const run = promisify(execFile);

interface Installed extends AsyncDisposable {
  binary: string;
}

/** @param version a version or tag of `@anthropic-ai/claude-code` */
export async function installClient(version: string): Promise<Installed> {
  const folder = await npmInstall(`@anthropic-ai/claude-code@${version}`);
  return {
    binary: clientBinary({}, '@anthropic-ai/claude-code', join(folder, 'package.json')),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

/**
 * The names of all hook events in the public types of the Agent SDK of the same release (2.1.N and 0.3.N); null if
 * they cannot be had.
 */
export async function hookEventsOf(version: string): Promise<string[] | null> {
  const release = version.split('.').at(-1) ?? '';
  let folder: string | undefined;
  try {
    folder = await npmInstall(
      `@anthropic-ai/claude-agent-sdk@0.3.${release}`,
      '--omit=optional',
      '--omit=peer',
    );
    const types = await readFile(
      join(folder, 'node_modules', '@anthropic-ai', 'claude-agent-sdk', 'sdk.d.ts'),
      'utf8',
    );
    const list = /HOOK_EVENTS: readonly \[([^\]]*)\]/.exec(types)?.[1];
    if (list === undefined) return null;
    return [...list.matchAll(/['"](\w+)['"]/g)].flatMap(([, name]) => name ?? []).sort();
  } catch {
    return null;
  } finally {
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  }
}

async function npmInstall(what: string, ...args: string[]): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'atel-drift-'));
  await writeFile(join(folder, 'package.json'), '{"private":true}');
  try {
    await run(
      'npm',
      ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error', ...args, what],
      {
        cwd: folder,
      },
    );
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    const [line = ''] = String((error as { stderr?: unknown }).stderr ?? error).split('\n');
    throw new Error(`npm could not install ${what}: ${line}`, { cause: error });
  }
  return folder;
}
