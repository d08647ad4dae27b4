/** `atel open`: opens the dashboard. */
import { spawn } from 'node:child_process';
import { CommandError } from '../shared/command-error.js';
import { servedBy } from '../shared/served.js';
import type { open } from '../commands/open.js';
import type { OptionsOf, Outside } from '../shared/command.js';

/** Prints the dashboard's address, and opens it in a browser if there is one. */
export async function run(
  options: OptionsOf<typeof open.flags>,
  { config: settings, print }: Outside,
): Promise<void> {
  const config = settings();
  const { dashboard } = await servedBy(config);
  if (!dashboard.answers) {
    throw new CommandError(
      `nothing serves the dashboard on ${dashboard.url}: ${config.local ? 'atel up --detach' : 'atel up'} starts it (see atel status)`,
    );
  }
  print(dashboard.url);
  if (options.print !== true) await browse(dashboard.url);
}

/** Opens an address in the default browser. If that is impossible or fails, the printed address is enough. */
function browse(url: string): Promise<void> {
  const program = opener(process.platform, process.env);
  if (program === undefined) return Promise.resolve();
  const [command, ...args] = program;
  const child = spawn(command, [...args, url], { detached: true, stdio: 'ignore' });
  child.unref();
  // This process may only end after the program has started or failed.
  return new Promise((resolve) => child.once('spawn', resolve).once('error', () => resolve()));
}

/** The program that opens an address; undefined if there is no graphical desktop. */
function opener(
  platform: NodeJS.Platform,
  env: NodeJS.ProcessEnv,
): [command: string, ...args: string[]] | undefined {
  if (platform === 'darwin') return ['open'];
  if (platform === 'win32') return ['cmd', '/c', 'start', ''];
  const hasScreen = [env.DISPLAY, env.WAYLAND_DISPLAY].some(
    (screen) => screen !== undefined && screen !== '',
  );
  if (hasScreen) return ['xdg-open'];
  return env.WSL_DISTRO_NAME === undefined ? undefined : ['explorer.exe'];
}
