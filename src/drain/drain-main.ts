/** The program `drain.js`: runs one drain as a background process. The capture scripts start it. */
import { ConfigError, loadConfig } from '../base/config.js';
import { RUN_EXPORT } from './kick.js';
import { homePaths } from '../base/home.js';
import { isHeldUp } from '../base/regular-file/answer.js';
import { drain } from './drain.js';
import { log } from './log.js';
import { pruneKeptLogs } from './retention.js';
import { isDetached, startDrain } from './start.js';

/**
 * Claude Code kills a hook's process group at the end of the session, so the drain first leaves that group: it starts
 * itself again, detached (macOS has no `setsid` command).
 */
async function main(): Promise<void> {
  if (!isDetached()) {
    startDrain(process.argv[1] ?? '');
    return;
  }
  try {
    const config = loadConfig();
    const paths = homePaths(config.home);
    await drain(config).catch((error: unknown) => log(paths, 'drain', error));
    if (!config.enabled) return;
    const asked = process.env[RUN_EXPORT];
    if (asked !== undefined) {
      const { exportRun } = await import('./run-export.js');
      await exportRun(config, asked).catch((error: unknown) => log(paths, 'traces', error));
    }
    const { removals, failures } = await pruneKeptLogs(paths.logs, Date.now()).catch((error: unknown) => ({
      removals: [],
      failures: [error],
    }));
    for (const line of removals) log(paths, 'note', line);
    for (const failure of failures) log(paths, 'logs', failure);
  } catch (error) {
    // With invalid settings the place of the log is unknown. `atel status` reports the same line.
    if (!(error instanceof ConfigError)) throw error;
  }
}

await main();
// Node would wait forever for calls that a hanging file system holds up.
if (isHeldUp()) process.kill(process.pid, 'SIGKILL');
