import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { capturedPayloads } from '../helpers/captures.js';
import { readInbox } from '../../src/drain/inbox.js';
import { runWithOpenStdin } from '../helpers/open-stdin.js';
import { run } from '../helpers/process.js';
import { tempFolder } from '../helpers/temp.js';

const hooks = fileURLToPath(new URL('../../.claude/hooks', import.meta.url));
const scripts = [
  'log-agent-start.sh',
  'log-agent-stop.sh',
  'log-skill-activation.sh',
  'log-session-summary.sh',
  'log-event.sh',
];
const shells = ['dash', 'bash'].filter((shell) =>
  (process.env.PATH ?? '').split(':').some((folder) => existsSync(join(folder, shell))),
);
const PATH = process.env.PATH ?? '';
/** The path of a program. */
const which = (name: string) =>
  PATH.split(':')
    .map((folder) => join(folder, name))
    .find((file) => existsSync(file)) ?? name;
const silent = { code: 0, signal: null, stdout: '', stderr: '' };

/** A telemetry folder without a program: payloads stay in the inbox, and nothing runs in the background. */
function telemetryHome(): string {
  const home = tempFolder();
  mkdirSync(join(home, 'inbox'));
  return home;
}

const inboxOf = (home: string) => readdirSync(join(home, 'inbox')).filter((name) => name.endsWith('.json'));
const textsOf = (home: string) =>
  inboxOf(home).map((name) => readFileSync(join(home, 'inbox', name), 'utf8'));

/** Around 64 KB, 128 KB and 1 MB, in bytes: sizes at which pipes, buffers and limits of shells end. */
const sizes = [65_535, 65_536, 65_537, 100_000, 131_071, 131_072, 131_073, 1_048_577];

/** Payloads of tool calls of each size, that fail or not, with and without a line feed behind them. */
function payloadsOf(sizes: readonly number[]): string[] {
  return sizes.flatMap((size, n) => [
    `${toolCall(`toolu_${String(2 * n).padStart(2, '0')}`, size, n % 2 === 0)}\n`,
    toolCall(`toolu_${String(2 * n + 1).padStart(2, '0')}`, size, n % 2 === 1),
  ]);
}

function toolCall(id: string, size: number, failed: boolean): string {
  const payload = (text: string) =>
    JSON.stringify({
      session_id: 's1',
      hook_event_name: failed ? 'PostToolUseFailure' : 'PostToolUse',
      tool_name: 'Read',
      tool_input: { file_path: '/srv/shop/a' },
      tool_use_id: id,
      ...(failed ? { error: text } : { tool_response: { content: text } }),
      duration_ms: 4,
    });
  return payload('x'.repeat(size - payload('').length));
}

/** The texts that are not in both lists, by their length and beginning: whole ones would fill the screen. */
function differences(found: readonly string[], expected: readonly string[]): string[] {
  const short = (text: string) => `${text.length}: ${text.slice(0, 100)}`;
  return [
    ...found.filter((text) => !expected.includes(text)).map((text) => `not expected: ${short(text)}`),
    ...expected.filter((text) => !found.includes(text)).map((text) => `missing: ${short(text)}`),
  ];
}

describe.each(shells)('a capture hook under %s', (shell) => {
  it.each(scripts)(
    '%s keeps every captured payload byte for byte, prints nothing and exits with 0',
    async (script) => {
      const home = telemetryHome();
      const payloads = tempFolder();
      for (const [index, { text }] of capturedPayloads().entries())
        writeFileSync(join(payloads, String(index)), text);
      // A shell starts the hooks one after another, each with its payload in a pipe, and says which fail.
      const each = 'for payload in "$1"/*; do cat "$payload" | "$0" "$2" || echo "$payload: $?"; done';
      // Without SHLVL bash takes a socket as stdin for a remote login, and reads the user's ~/.bashrc.
      const env = { PATH, AGENT_TELEMETRY_HOME: home, SHLVL: '1' };
      expect(await run(shell, ['-c', each, shell, payloads, join(hooks, script)], { env })).toEqual(silent);
      const byText = (a: string, b: string) => a.localeCompare(b);
      expect(textsOf(home).sort(byText)).toEqual(
        capturedPayloads()
          .map(({ text }) => text)
          .sort(byText),
      );
    },
  );

  it.each([
    ['input that is not JSON', '{"session_id": "trunc'],
    ['a payload of a megabyte', JSON.stringify({ text: 'x'.repeat(1_000_000) })],
    ['input with quotes, newlines and non-ASCII', '{"a":"\'$(exit 2)`\\n\u00e9\ud83d\ude00"}\n\n'],
  ])('a hook survives %s', async (_, input) => {
    const home = telemetryHome();
    expect(
      await run(shell, [join(hooks, 'log-event.sh')], { input, env: { PATH, AGENT_TELEMETRY_HOME: home } }),
    ).toEqual(silent);
    expect(textsOf(home)).toEqual([input]);
  });

  it('the hook of a tool call keeps payloads of every size whole, with and without a line feed behind them', async () => {
    const texts = payloadsOf(sizes);
    const home = telemetryHome();
    const payloads = tempFolder();
    for (const [index, text] of texts.entries())
      writeFileSync(join(payloads, String(index).padStart(2, '0')), text);
    const each = 'for payload in "$1"/*; do cat "$payload" | "$0" "$2" tool || echo "$payload: $?"; done';
    const env = { PATH, AGENT_TELEMETRY_HOME: home, SHLVL: '1' };
    expect(await run(shell, ['-c', each, shell, payloads, join(hooks, 'log-event.sh')], { env })).toEqual(
      silent,
    );
    expect(differences(textsOf(home), texts)).toEqual([]);
    const read: unknown[] = [];
    for await (const batch of readInbox(join(home, 'inbox')))
      read.push(...batch.map(({ event }) => event?.payload.tool_use_id));
    // Each with the id behind its long text.
    expect(read.sort()).toEqual(texts.map((_, n) => `toolu_${String(n).padStart(2, '0')}`));
  });

  it('the hook of a tool call keeps large payloads whole if the client leaves stdin open', async () => {
    const texts = payloadsOf([65_537, 131_073, 1_048_577]);
    const home = telemetryHome();
    const env = { PATH, AGENT_TELEMETRY_HOME: home, SHLVL: '1' };
    const hook = [join(hooks, 'log-event.sh'), 'tool'];
    for (const input of texts) expect(await runWithOpenStdin(shell, hook, { input, env })).toEqual(silent);
    expect(differences(textsOf(home), texts)).toEqual([]);
  });

  it('a hook keeps nothing of empty input', async () => {
    const home = telemetryHome();
    expect(
      await run(shell, [join(hooks, 'log-event.sh')], {
        input: '',
        env: { PATH, AGENT_TELEMETRY_HOME: home },
      }),
    ).toEqual(silent);
    expect(textsOf(home)).toEqual([]);
  });

  it('only the owner can read what a hook stored', async () => {
    const home = tempFolder();
    await run(shell, [join(hooks, 'log-event.sh')], {
      input: '{}',
      env: { PATH, AGENT_TELEMETRY_HOME: home },
    });
    const { stdout } = await run(
      'sh',
      ['-c', `ls -ld "${home}/inbox" | cut -c1-10; ls -l "${home}"/inbox/*.json | cut -c1-10`],
      { env: { PATH } },
    );
    expect(stdout.trim().split('\n')).toEqual(['drwx------', '-rw-------']);
  });

  it('a hook does nothing if telemetry is not installed or switched off', async () => {
    const absent = join(tempFolder(), 'absent');
    expect(
      await run(shell, [join(hooks, 'log-event.sh')], {
        input: '{}',
        env: { PATH, AGENT_TELEMETRY_HOME: absent },
      }),
    ).toEqual(silent);
    expect(existsSync(absent)).toBe(false);
    expect(await run(shell, [join(hooks, 'log-event.sh')], { input: '{}', env: { PATH } })).toEqual(silent);

    const home = telemetryHome();
    await run(shell, [join(hooks, 'log-event.sh')], {
      input: '{}',
      env: { PATH, AGENT_TELEMETRY_HOME: home, AGENT_TELEMETRY_ENABLED: '0' },
    });
    expect(inboxOf(home)).toEqual([]);
  });

  it('a hook stores nothing once the linked program is gone', async () => {
    const home = telemetryHome();
    symlinkSync(join(home, 'removed'), join(home, 'program'));
    expect(
      await run(shell, [join(hooks, 'log-event.sh')], {
        input: '{}',
        env: { PATH, AGENT_TELEMETRY_HOME: home },
      }),
    ).toEqual(silent);
    expect(inboxOf(home)).toEqual([]);
  });

  it.runIf(existsSync('/proc/self'))('a hook prints nothing if it cannot write', async () => {
    expect(
      await run(shell, [join(hooks, 'log-event.sh')], {
        input: '{}',
        env: { PATH, AGENT_TELEMETRY_HOME: '/proc/self' },
      }),
    ).toEqual(silent);
  });

  it('a hook prints nothing if the inbox is not a folder', async () => {
    const home = tempFolder();
    writeFileSync(join(home, 'inbox'), '');
    expect(
      await run(shell, [join(hooks, 'log-event.sh')], {
        input: '{}',
        env: { PATH, AGENT_TELEMETRY_HOME: home },
      }),
    ).toEqual(silent);
  });

  it('without node, a hook keeps the event for the next drain', async () => {
    const home = telemetryHome();
    mkdirSync(join(home, 'program'));
    writeFileSync(join(home, 'program', 'drain.js'), '');
    const bin = tempFolder();
    for (const tool of ['cat', 'mv', 'mkdir']) symlinkSync(which(tool), join(bin, tool));
    expect(
      await run(which(shell), [join(hooks, 'log-event.sh')], {
        input: '{"a":1}',
        env: { PATH: bin, AGENT_TELEMETRY_HOME: home },
      }),
    ).toEqual(silent);
    expect(textsOf(home)).toEqual(['{"a":1}']);
  });

  it('fifty hooks at once lose no event', async () => {
    const home = telemetryHome();
    const inputs = Array.from({ length: 50 }, (_, n) => JSON.stringify({ n }));
    await Promise.all(
      inputs.map((input) =>
        run(shell, [join(hooks, 'log-event.sh')], { input, env: { PATH, AGENT_TELEMETRY_HOME: home } }),
      ),
    );
    expect(textsOf(home).sort()).toEqual([...inputs].sort());
  });

  it('a hook does not overwrite an event of an earlier process with the same id', async () => {
    const home = telemetryHome();
    // `exec` keeps the process id, so the script finds its file name in use.
    const taken = `printf old > "$AGENT_TELEMETRY_HOME/inbox/$$-0.json"; exec ${shell} "${join(hooks, 'log-event.sh')}"`;
    await run('sh', ['-c', taken], { input: 'new', env: { PATH, AGENT_TELEMETRY_HOME: home } });
    expect(textsOf(home).sort()).toEqual(['new', 'old']);
  });

  it('a hook exits with 0 if capture.sh is missing', async () => {
    const folder = tempFolder();
    writeFileSync(join(folder, 'log-event.sh'), readFileSync(join(hooks, 'log-event.sh')));
    expect(
      await run(shell, [join(folder, 'log-event.sh')], {
        input: '{}',
        env: { PATH, AGENT_TELEMETRY_HOME: telemetryHome() },
      }),
    ).toEqual(silent);
  });
});

describe('the hook commands in the settings', () => {
  const settings = JSON.parse(readFileSync(join(hooks, '..', 'settings.json'), 'utf8')) as {
    hooks: Record<string, { hooks: { command: string; timeout: number }[] }[]>;
  };
  const commands = Object.values(settings.hooks).flatMap((groups) =>
    groups.flatMap((group) => group.hooks.map(({ command }) => command)),
  );

  it.each(commands)('without the scripts, it exits with 0 and prints nothing: %s', async (command) => {
    expect(
      await run('sh', ['-c', command], { input: '{}', env: { PATH, CLAUDE_PROJECT_DIR: tempFolder() } }),
    ).toEqual(silent);
  });

  it.each(commands)('without node, it exits with 0 and prints nothing: %s', async (command) => {
    const root = fileURLToPath(new URL('../..', import.meta.url));
    const bin = tempFolder();
    for (const tool of ['cat', 'mv', 'mkdir', 'sh']) symlinkSync(which(tool), join(bin, tool));
    expect(
      await run(which('sh'), ['-c', command], {
        input: '{}',
        env: { PATH: bin, CLAUDE_PROJECT_DIR: root, AGENT_TELEMETRY_HOME: telemetryHome() },
      }),
    ).toEqual(silent);
  });

  it('each hook command has a timeout of seconds, not milliseconds', () => {
    const timeouts = Object.values(settings.hooks).flatMap((groups) =>
      groups.flatMap((group) => group.hooks.map(({ timeout }) => timeout)),
    );
    expect(Math.max(...timeouts)).toBeLessThanOrEqual(10);
  });
});
