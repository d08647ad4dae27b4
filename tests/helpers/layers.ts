import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readHookEvent } from '../../src/signals/hook/event.js';
import { readExport, type Signal } from '../../src/signals/otel/export.js';
import type { Recorder, SignalRow } from '../../src/signals/row.js';
import { readSession } from '../../src/signals/transcript/session.js';
import { sessionRows } from '../../src/signals/transcript/session-rows.js';
import { capturedPayloads, capturesFolder, sessions, transcriptsFolder } from './captures.js';

const recorder: Recorder = { device: 'test', privacyTier: 1, origin: 'live' };
const project = 'shop-00000001';

/** Start of the captured runs; hook payloads carry no time. */
const CAPTURED_AT = Date.parse('2026-11-20T10:49:32Z');

/**
 * The rows that each layer of the captures reports: one list of rows per delivery.
 *
 * @param at time of each hook, by its index in the captures; milliseconds since 1970
 */
export async function capturedLayers(
  at = (index: number) => CAPTURED_AT + index * 10,
): Promise<Record<'otel' | 'hooks' | 'transcripts', SignalRow[][]>> {
  return { otel: otelBodies(), hooks: hookPayloads(at), transcripts: await transcripts() };
}

function otelBodies(): SignalRow[][] {
  const folder = join(capturesFolder, 'otlp');
  return readdirSync(folder)
    .sort()
    .map((name) => {
      const signal = name.replace(/^\d+-(\w+)\..*$/, '$1') as Signal;
      const read = readExport(
        signal,
        name.endsWith('.json') ? 'json' : 'protobuf',
        readFileSync(join(folder, name)),
        {
          recorder,
          projectOf: () => project,
        },
      );
      if ('problem' in read) throw new Error(read.problem.message);
      return read.records;
    });
}

function hookPayloads(at: (index: number) => number): SignalRow[][] {
  return capturedPayloads().map(
    ({ name, payload }, index) =>
      readHookEvent({ payload, at: at(index), captureId: name }, project, recorder).rows,
  );
}

async function transcripts(): Promise<SignalRow[][]> {
  return Promise.all(
    Object.values(sessions).map(async (sessionId) => {
      const read = await readSession(join(transcriptsFolder, `${sessionId}.jsonl`));
      const state = { sessionId, project, end: null, open: true, stops: {}, skills: [] };
      return sessionRows(read, state, recorder, CAPTURED_AT);
    }),
  );
}
