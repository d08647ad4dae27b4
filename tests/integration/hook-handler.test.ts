import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { homePaths } from '../../src/base/home.js';
import { readInbox } from '../../src/drain/inbox.js';
import { cli } from '../helpers/atel.js';
import { capturedPayloads } from '../helpers/captures.js';
import { run } from '../helpers/process.js';
import { standInForDrain } from '../helpers/stand-in.js';
import { tempFolder } from '../helpers/temp.js';

const PATH = process.env.PATH ?? '';
const silence = { code: 0, signal: null, stdout: '', stderr: '' };

function handle(home: string, input: string, more: Record<string, string> = {}) {
  const env = { PATH, HOME: home, AGENT_TELEMETRY_HOME: home, ...more };
  return run(process.execPath, [cli, 'hook-handler'], { env, input });
}

/** A telemetry folder that looks as if a drain were running, so that payloads stay in the inbox. */
function place(): { home: string; inbox: string } {
  const home = tempFolder();
  standInForDrain(home);
  return { home, inbox: homePaths(home).inbox };
}

describe('atel hook-handler', () => {
  it('atel hook-handler writes each payload to the inbox unchanged, also concurrently, readable only by the owner', async () => {
    const { home, inbox } = place();
    const payloads = capturedPayloads().slice(0, 6);
    const results = await Promise.all(payloads.map(({ text }) => handle(home, text)));
    expect(results).toEqual(payloads.map(() => silence));
    const names = readdirSync(inbox);
    expect(names.map((name) => readFileSync(join(inbox, name), 'utf8')).sort()).toEqual(
      payloads.map(({ text }) => text).sort(),
    );
    expect(statSync(inbox).mode & 0o777).toBe(0o700);
    for (const name of names) expect(statSync(join(inbox, name)).mode & 0o777).toBe(0o600);
    const entries = [];
    for await (const batch of readInbox(inbox)) entries.push(...batch);
    expect(entries.map((entry) => ('event' in entry ? entry.event?.payload : null))).toEqual(
      expect.arrayContaining(payloads.map(({ payload }) => payload)),
    );
  });

  it('atel hook-handler accepts a payload of several megabytes', async () => {
    const { home, inbox } = place();
    const text = JSON.stringify({ hook_event_name: 'Stop', filler: 'é'.repeat(3_000_000) });
    expect(await handle(home, text)).toEqual(silence);
    const [name] = readdirSync(inbox);
    expect(readFileSync(join(inbox, name!), 'utf8')).toBe(text);
  });

  it.each<[string, Record<string, string>]>([
    ['recording is off', { AGENT_TELEMETRY_ENABLED: 'off' }],
    ['there is no telemetry folder', { AGENT_TELEMETRY_HOME: '/nonexistent/telemetry' }],
    ['the telemetry folder is a file', { AGENT_TELEMETRY_HOME: '/etc/passwd' }],
  ])('it does nothing if %s', async (_, more) => {
    const { home, inbox } = place();
    expect(await handle(home, 'x'.repeat(300_000), more)).toEqual(silence);
    expect(existsSync(inbox)).toBe(false);
    expect(existsSync('/nonexistent')).toBe(false);
  });

  it('atel hook-handler prints nothing if a setting is invalid, and keeps the event', async () => {
    const { home, inbox } = place();
    expect(await handle(home, '{}', { AGENT_TELEMETRY_COLLECTOR_PORT: 'none' })).toEqual(silence);
    expect(readdirSync(inbox)).toHaveLength(1);
  });

  it('atel hook-handler prints nothing if the inbox is not writable', async () => {
    const { home } = place();
    writeFileSync(join(home, 'inbox'), '');
    expect(await handle(home, '{}', { TMPDIR: home })).toEqual(silence);
    expect(await handle(home, '', { TMPDIR: home })).toEqual(silence);
    // An event leaves a trace, empty input does not.
    expect(readdirSync(home).filter((name) => name.startsWith('atel-lost-'))).toHaveLength(1);
  });

  it('atel hook-handler leaves no incomplete file behind', async () => {
    const { home, inbox } = place();
    mkdirSync(inbox);
    await handle(home, '{"a":1}');
    expect(readdirSync(inbox).filter((name) => name.startsWith('.'))).toEqual([]);
  });
});
