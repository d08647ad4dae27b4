import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { cli } from '../helpers/atel.js';
import { until } from '../helpers/background.js';
import { capturedPayloads } from '../helpers/captures.js';
import { runWithOpenStdin } from '../helpers/open-stdin.js';
import { run } from '../helpers/process.js';
import { tempFolder } from '../helpers/temp.js';

const hooks = fileURLToPath(new URL('../../.claude/hooks', import.meta.url));
const PATH = [dirname(process.execPath), process.env.PATH ?? ''].join(':');
const shells = ['dash', 'bash'].filter((shell) =>
  PATH.split(':').some((folder) => existsSync(join(folder, shell))),
);
const scripts = readdirSync(hooks).filter((name) => name.startsWith('log-'));
const silent = { code: 0, signal: null, stdout: '', stderr: '' };
const payload = capturedPayloads()[0]!.text;

/** A telemetry folder without a reachable store. */
function place(): { home: string; env: Record<string, string> } {
  const root = tempFolder();
  const home = join(root, 'telemetry');
  mkdirSync(join(home, 'inbox'), { recursive: true });
  return {
    home,
    env: { PATH, HOME: root, TMPDIR: root, AGENT_TELEMETRY_HOME: home, TINYBIRD_URL: 'http://localhost:9' },
  };
}

const kept = (home: string) =>
  readdirSync(join(home, 'inbox')).map((name) => readFileSync(join(home, 'inbox', name), 'utf8'));

describe.each(shells)('a client that leaves stdin open, under %s', (shell) => {
  it.each(scripts)('%s keeps a complete payload once, and ends', async (script) => {
    const { home, env } = place();
    expect(await runWithOpenStdin(shell, [join(hooks, script)], { input: payload, env })).toEqual(silent);
    expect(kept(home)).toEqual([payload]);
  });

  it.each([
    ['with a line feed behind it', '{"a":1}\n'],
    ['of a megabyte', JSON.stringify({ text: 'x'.repeat(1_000_000) })],
  ])('a hook keeps a payload %s', async (_, input) => {
    const { home, env } = place();
    expect(await runWithOpenStdin(shell, [join(hooks, 'log-event.sh')], { input, env })).toEqual(silent);
    expect(kept(home)).toEqual([input]);
  });

  it.each([
    ['late', ''],
    ['in two parts', payload.slice(0, 40)],
  ])('a hook keeps a payload that a busy client writes %s', async (_, input) => {
    const { home, env } = place();
    const later = { input: payload.slice(input.length), afterMs: 600 };
    const hook = [join(hooks, 'log-event.sh')];
    expect(await runWithOpenStdin(shell, hook, { input, later, env })).toEqual(silent);
    expect(kept(home)).toEqual([payload]);
  });

  it('a hook waits for the rest of a payload whose first part ends in a brace', async () => {
    const { home, env } = place();
    const input = '{"session_id":"s","tool_input":{"a":{"b":1}';
    const rest = ',"c":"a brace in a text: {"},"tool_use_id":"t"}';
    const hook = [join(hooks, 'log-event.sh'), 'tool'];
    const later = { input: rest, afterMs: 500 };
    expect(await runWithOpenStdin(shell, hook, { input, later, env })).toEqual(silent);
    expect(kept(home)).toEqual([input + rest]);
  });

  it('without input, a hook ends and leaves nothing', async () => {
    const { home, env } = place();
    expect(await runWithOpenStdin(shell, [join(hooks, 'log-event.sh')], { env })).toEqual(silent);
    expect(kept(home)).toEqual([]);
  });

  it('a hook ends if telemetry is off or not installed', async () => {
    const { home, env } = place();
    for (const more of [{ AGENT_TELEMETRY_ENABLED: '0' }, { AGENT_TELEMETRY_HOME: join(home, 'none') }])
      expect(
        await runWithOpenStdin(shell, [join(hooks, 'log-event.sh')], {
          input: payload,
          env: { ...env, ...more },
        }),
      ).toEqual(silent);
    expect(kept(home)).toEqual([]);
  });
});

describe('a client that leaves stdin open', () => {
  it.each([
    ['a whole payload', JSON.stringify({ session_id: 's', cwd: '/tmp', hook_event_name: 'SessionStart' })],
    ['a part of one', '{"session_id": "s", "cwd'],
    ['nothing', ''],
  ])('SessionStart exits with 0 and prints nothing after %s', async (_, input) => {
    const { env } = place();
    expect(
      await runWithOpenStdin(process.execPath, [join(dirname(cli), 'inject.cjs')], { input, env }),
    ).toEqual(silent);
  });

  it('the status line prints the input that arrived, and ends', async () => {
    const { env } = place();
    const program = [join(dirname(cli), 'statusline.cjs')];
    const input = JSON.stringify({ model: { display_name: 'Opus' } });
    expect(await runWithOpenStdin(process.execPath, program, { input, env })).toEqual({
      ...silent,
      stdout: 'Opus\n',
    });
    expect(await runWithOpenStdin(process.execPath, program, { env })).toEqual(silent);
  });
});

describe('an inbox file left by a killed hook', () => {
  const drained = async (
    files: Record<string, string>,
    ageMs = 60_000,
    meanwhile: (inbox: string) => Promise<void> = () => Promise.resolve(),
  ) => {
    const { home, env } = place();
    for (const [name, text] of Object.entries(files)) {
      const file = join(home, 'inbox', name);
      writeFileSync(file, text);
      const at = new Date(Date.now() - ageMs);
      utimesSync(file, at, at);
    }
    const flushing = run(process.execPath, [cli, 'flush'], {
      env: {
        ...env,
        TINYBIRD_URL: 'https://localhost:9',
        AGENT_TELEMETRY_APPEND_TOKEN: 't',
        AGENT_TELEMETRY_READ_TOKEN: 't',
      },
    });
    await meanwhile(join(home, 'inbox'));
    await flushing;
    const segments = join(home, 'spool', 'segments');
    const rows = (existsSync(segments) ? readdirSync(segments) : []).flatMap((name) =>
      readFileSync(join(segments, name), 'utf8').trim().split('\n'),
    );
    return { inbox: readdirSync(join(home, 'inbox')), rows };
  };
  const event = JSON.stringify({ session_id: 's', hook_event_name: 'Notification', cwd: '/tmp' });

  it('a complete payload is read once', async () => {
    const { inbox, rows } = await drained({ '.999999999-0': event });
    expect(inbox).toEqual([]);
    expect(rows).toHaveLength(1);
    expect(rows[0]).toContain('"event":"notification"');
  });

  it('an incomplete payload is set aside', async () => {
    expect(await drained({ '.999999999-0': event.slice(0, 20) })).toEqual({ inbox: ['damaged'], rows: [] });
  });

  it('an incomplete payload is left to its hook while the hook is running', async () => {
    const name = `${process.pid}-0.json`;
    const ending = drained({ [name]: event.slice(0, 20) }, 0, async (inbox) => {
      // A drain takes its lock again for each look at the inbox: two locks mean that one look has ended.
      const locks = new Set<number>();
      await until('the drain has looked at the inbox', () => {
        const lock = statSync(join(dirname(inbox), 'drain.pid'), { throwIfNoEntry: false });
        if (lock !== undefined) locks.add(lock.mtimeMs);
        return locks.size > 1;
      });
      expect(readdirSync(inbox)).toEqual([name]);
      appendFileSync(join(inbox, name), event.slice(20));
    });
    expect(await ending).toMatchObject({
      inbox: [],
      rows: [expect.stringContaining('"event":"notification"')],
    });
  });
});
