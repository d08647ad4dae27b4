import { ConfigError, loadConfig } from '../base/config.js';
import { RUN_EXPORT } from './kick.js';
import { homePaths } from '../base/home.js';
import { isHeldUp } from '../base/regular-file/answer.js';
import { drain, log } from './drain.js';
import { pruneKeptLogs } from './retention.js';
import { isDetached, startDrain } from './start.js';

/**
 * The drain as the capture script kicks it. Claude Code ends a hook's process group with the session, so the
 * drain first leaves it (there is no `setsid` on macOS: it starts itself again, detached).
 */
async function main(): Promise<void> {
  if (!isDetached()) {
    startDrain(process.argv[1] ?? '');
    return;
  }
  try {
    const config = loadConfig();
    const paths = homePaths(config.home);
    await drain(config).catch((error: unknown) => log(paths, error));
    if (!config.enabled) return;
    const asked = process.env[RUN_EXPORT];
    if (asked !== undefined) {
      const { exportRun } = await import('./run-export.js');
      await exportRun(config, asked).catch((error: unknown) => log(paths, error));
    }
    const said = await pruneKeptLogs(paths.logs, Date.now()).catch((error: unknown) => [error]);
    for (const line of said) log(paths, line);
  } catch (error) {
    // No settings, no known place for a log: `atel status` reports the same line to a person.
    if (!(error instanceof ConfigError)) throw error;
  }
}

await main();
// Node would wait for what a dead file system holds up, for ever.
if (isHeldUp()) process.kill(process.pid, 'SIGKILL');
