/** The spool with the size limit of the settings, for everything that writes into it. */
import type { Config } from '../base/config.js';
import { homePaths } from '../base/home.js';
import { Spool } from './spool.js';

/** Opens the spool of the telemetry folder. */
export function configuredSpool({ home, spool_mb: megabytes }: Pick<Config, 'home' | 'spool_mb'>): Spool {
  return new Spool(homePaths(home).spool, megabytes * 1024 ** 2);
}
