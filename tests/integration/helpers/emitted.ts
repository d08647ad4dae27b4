import type { TinybirdClient } from '../../../src/store/client-types.js';
import type { TelemetryEventRow } from '../../../src/catalogue.js';
import type { EmittedEvent } from '../../../src/index.js';
import { plainEvent, readEmitted, withoutTexts } from '../../../src/signals/emitted.js';

let lines = 0;

/** Stores events as `emit` and the drain would, with the same code. */
export async function ingestEmitted(
  client: TinybirdClient,
  events: readonly EmittedEvent[],
  project = 'shop-00000001',
): Promise<void> {
  const rows = events.map((event) => {
    lines += 1;
    const line = { ...withoutTexts(plainEvent({ ...event })), project };
    const signal = readEmitted(line, `line-${lines}`, { device: 'test', privacyTier: 1, origin: 'live' });
    return signal?.row as TelemetryEventRow;
  });
  await client.telemetryEvents.ingest(rows);
}
