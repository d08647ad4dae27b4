import { join } from 'node:path';
import { startCollector, type Collector, type CollectorOptions } from '../../../src/collector/index.js';
import { Spool, type SpooledRow } from '../../../src/spool/spool.js';
import { tempFolder } from '../../helpers/temp.js';

/** A collector on free ports, with its own telemetry folder. */
export function startTestCollector(
  home: string,
  options: Partial<CollectorOptions> = {},
): Promise<Collector> {
  const recorder = { device: 'test', privacyTier: 1, origin: 'live' } as const;
  return startCollector({ grpcPort: 0, httpPort: 0, home, recorder, ...options });
}

/** Runs `work` while a collector listens, with its telemetry folder. */
export async function withCollector(
  work: (collector: Collector, home: string) => Promise<void>,
  spool?: (home: string) => NonNullable<CollectorOptions['spool']>,
): Promise<string> {
  const home = tempFolder();
  const collector = await startTestCollector(home, spool === undefined ? {} : { spool: spool(home) });
  try {
    await work(collector, home);
  } finally {
    await collector.close();
  }
  return home;
}

/** The rows that a collector put on disk, in order. */
export async function spooledRows(home: string): Promise<SpooledRow[]> {
  const spool = new Spool(join(home, 'spool'));
  const segments = await Promise.all((await spool.waiting()).map((name) => spool.read(name)));
  return segments.flatMap(({ rows }) => rows);
}
