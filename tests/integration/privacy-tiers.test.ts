/** What each privacy tier leaves in the store and on disk, live and by backfill, and how texts are removed again. */
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { redacted } from '../../src/signals/privacy/redacted-row.js';
import { schemas } from '../../src/schemas.js';
import { Spool } from '../../src/spool/spool.js';
import { cli, startAtel, type RunningAtel } from '../helpers/atel.js';
import { endsInBackground } from '../helpers/background.js';
import { sessions, transcriptsFolder } from '../helpers/captures.js';
import { run } from '../helpers/process.js';
import { writeSettings } from '../helpers/settings.js';
import { tempFolder } from '../helpers/temp.js';

/** Texts that the people and models of the captured sessions wrote, and that tools took and gave. */
const written = ['PLAN: bash', 'line one', 'git log --oneline', 'feat: notes', 'resumed and done'];

async function served(env: Record<string, string>): Promise<RunningAtel> {
  const root = tempFolder();
  const home = join(root, 'telemetry');
  mkdirSync(home, { mode: 0o700 });
  writeSettings(root, { contents_days: null });
  endsInBackground(home);
  const atel = await startAtel({
    home,
    userHome: root,
    env,
  });
  onTestFinished(() => atel.stop(), 60_000);
  return atel;
}

/** Every file of a folder. */
function filesIn(folder: string): { path: string; content: string }[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path, { throwIfNoEntry: false })?.isFile() === true)
    .map((path) => ({ path, content: readFileSync(path, 'latin1') }));
}

async function everyRow({ client }: RunningAtel): Promise<string> {
  const tables = ['agent_activations', 'api_requests', 'contents', 'session_summaries', 'skill_activations'];
  const rows = await Promise.all(
    [...tables, 'telemetry_events'].map((table) => client.sql(`SELECT * FROM ${table}`)),
  );
  return JSON.stringify(rows);
}

interface Text {
  session_id: string;
  kind: string;
  tier: number;
  text: string;
}

/** The stored texts, without what differs between live capture and a backfill. */
async function contentsOf({ client }: RunningAtel): Promise<Text[]> {
  return (await client.sql(
    'SELECT * EXCEPT (origin, device) FROM contents FINAL ORDER BY session_id, timestamp, event_id',
  )) as unknown as Text[];
}

it('at tier 1, no text of a session is anywhere: not in a table, not in a file', async () => {
  const atel = await served({});
  await atel.loadCaptures({ transcripts: transcriptsFolder });
  expect(await contentsOf(atel)).toEqual([]);
  const stored = await everyRow(atel);
  const onDisk = filesIn(atel.home);
  for (const text of written) {
    expect(stored, text).not.toContain(text);
    const places = onDisk.filter(({ content }) => content.includes(text)).map(({ path }) => path);
    expect(places, text).toEqual([]);
  }
  const { stdout } = await atel.command('session', sessions.first, '--json');
  expect(schemas.session.parse(JSON.parse(stdout)).contents).toEqual([]);
});

it('at tier 3, live capture and a backfill leave the same texts, and purge removes them for good', async () => {
  const atel = await served({ AGENT_TELEMETRY_PRIVACY_TIER: '3' });
  await atel.loadCaptures({ transcripts: transcriptsFolder });
  const live = await contentsOf(atel);
  for (const text of written) expect(JSON.stringify(live), text).toContain(text);
  // The first session: two prompts, each answered once by the main thread and once by each of three subagents.
  const first = live.filter(({ session_id }) => session_id === sessions.first);
  const count = (kind: string) => first.filter((one) => one.kind === kind).length;
  expect(count('prompt')).toBe(2);
  expect(count('tool_input')).toBe(count('tool_output'));

  const shown = await atel.command('session', sessions.first, '--texts', '--timezone', 'UTC');
  expect(shown.stdout).toContain('resumed and done');
  const answer = await fetch(`${atel.apiUrl}/v1/sessions/${sessions.first}/contents`);
  const { contents } = (await answer.json()) as { contents: Text[] };
  expect(contents.map(({ text }) => text).sort()).toEqual(first.map(({ text }) => text).sort());

  const again = await served({ AGENT_TELEMETRY_PRIVACY_TIER: '3' });
  const history = join(again.home, '..', '.claude', 'projects', '-home-dev-shop');
  mkdirSync(join(history, '..'), { recursive: true });
  cpSync(transcriptsFolder, history, { recursive: true });
  await again.command('backfill');
  expect(await contentsOf(again)).toEqual(
    live.map((one) => ({ ...one, project: expect.any(String) as string })),
  );

  const above2 = live.filter(({ tier }) => tier === 3).length;
  const dry = await again.command('privacy', 'purge', '--above', '2', '--dry-run');
  expect(dry.stdout).toBe(
    `privacy: ${above2} texts above tier 2 would be removed from the store (dry run)\n`,
  );
  expect(await contentsOf(again)).toHaveLength(live.length);
  const purged = await again.command('privacy', 'purge', '--above', '2', '--yes');
  expect(purged.stdout).toContain(`privacy: ${above2} texts above tier 2 removed from the store, 0 rows`);
  expect(purged.stdout).toContain('Texts of new events are still kept');
  expect((await contentsOf(again)).map(({ tier }) => tier)).toEqual(Array(live.length - above2).fill(2));
  // What was removed on purpose does not come back with the next backfill.
  await again.command('backfill');
  expect(await contentsOf(again)).toHaveLength(live.length - above2);
}, 60_000);

it('purge also removes the texts that wait for the store, and leaves the other rows', async () => {
  const atel = await served({ AGENT_TELEMETRY_PRIVACY_TIER: '3' });
  const spool = new Spool(join(atel.home, 'spool'));
  const row = (table: string, more: object) => redacted({ table, row: { event_id: 'x', ...more } });
  await spool.append([
    row('contents', { tier: 3, text: 'waits' }),
    row('contents', { tier: 2, text: 'stays' }),
    row('telemetry_events', { event: 'prompt' }),
  ]);
  await spool.bury(row('contents', { tier: 3, text: 'refused' }), 'no reason');
  const damaged = join(atel.home, 'inbox', 'damaged');
  mkdirSync(damaged, { recursive: true });
  writeFileSync(join(damaged, '1-2-3.json'), '{"prompt": "refused, too');
  const replaced = join(atel.home, 'store.before-20261120100000-x');
  mkdirSync(replaced);
  // A row that does not fit is quarantined as it was sent.
  await fetch(`${atel.url}/v0/events?name=contents`, {
    method: 'POST',
    headers: { authorization: 'Bearer local' },
    body: JSON.stringify({ event_id: 'bad', timestamp: 'never', text: 'quarantined text' }),
  });
  const quarantined = () => atel.client.sql('SELECT text FROM contents_quarantine');
  expect(JSON.stringify(await quarantined())).toContain('quarantined text');
  const { stdout } = await atel.command('privacy', 'purge', '--above', '2', '--yes');
  expect(stdout).toContain('0 texts above tier 2 removed from the store, 2 rows from what waited for it');
  const kept = JSON.stringify(filesIn(join(atel.home, 'spool')));
  expect(kept).not.toMatch(/waits|refused/);
  expect(stdout).toContain('1 quarantined row removed\n1 damaged payload removed from the inbox\n');
  expect(stdout).toContain(`These copies of the store may still hold texts: ${replaced}`);
  expect(await quarantined()).toEqual([]);
  expect(existsSync(damaged)).toBe(false);
  const all = await atel.command('privacy', 'purge', '--above', '2', '--yes', '--copies');
  expect(all.stdout).toContain(`1 replaced store removed: ${replaced}`);
  expect(existsSync(replaced)).toBe(false);
});

it('atel privacy shows what each tier would keep of a payload, and stores nothing', async () => {
  const folder = tempFolder();
  const payload = {
    session_id: 's-1',
    prompt_id: 'p-1',
    hook_event_name: 'UserPromptSubmit',
    permission_mode: 'plan',
    prompt: 'Find the bug with ghp_0123456789abcdefghijABCDEFGHIJ012345',
    cwd: folder,
  };
  const env = { PATH: process.env.PATH ?? '', HOME: folder };
  const args = [cli, 'privacy', '-'];
  const { stdout, code } = await run(process.execPath, args, {
    env,
    cwd: folder,
    input: JSON.stringify(payload),
  });
  expect(code).toBe(0);
  const [tier1 = '', tier2 = '', tier3 = ''] = stdout.split(/^Tier [23] adds:$/m);
  expect(tier1).toContain('"payload":"{\\"permission_mode\\":\\"plan\\"}"');
  expect(tier1).not.toContain('bug');
  expect(tier2).toMatch(/contents \{.*"text":"Find the bug with \[redacted:[\w-]+\]"/);
  expect(tier3.trim()).toBe('nothing');
  expect(readdirSync(folder)).toEqual([]);

  // A folder and a FIFO, whose opening would wait for ever.
  execFileSync('mkfifo', [join(folder, 'fifo')]);
  for (const name of [folder, join(folder, 'fifo')]) {
    const refused = await run(process.execPath, [cli, 'privacy', name], { env, cwd: folder });
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expect(refused.stderr.trim().split('\n')).toHaveLength(1);
    expect(refused.stderr).toContain(`${name} is not a regular file: atel privacy takes a file, - or purge`);
  }
  writeFileSync(join(folder, 'other.txt'), 'not JSON');
  const wrong = await run(process.execPath, [cli, 'privacy', 'other.txt'], { env, cwd: folder });
  expect(wrong.code).toBe(1);
  expect(wrong.stderr).toContain('neither a hook payload');
});

it('a session with hostile texts keeps its costs, at tier 3 too, and its texts are bounded', async () => {
  const atel = await served({ AGENT_TELEMETRY_PRIVACY_TIER: '3' });
  const project = join(atel.home, '..', '.claude', 'projects', '-home-dev-shop');
  mkdirSync(project, { recursive: true });
  const line = { timestamp: '2026-11-20T10:00:00.000Z', promptId: 'p-1', cwd: '/home/dev/shop' };
  const usage = { input_tokens: 1_000, output_tokens: 100 };
  const input = { deep: 'DEEP', NAME: 'x' };
  const content = [{ type: 'tool_use', id: 'toolu_1', name: 'mcp__db__put', input }];
  const lines = [
    { ...line, type: 'user', uuid: 'u-1', message: { content: 'Store it' } },
    // A megabyte of blanks after the tag, as a text and in a list.
    ...[
      `<command-message>x</command-message><command-name>${' '.repeat(1_000_000)}`,
      [{ type: 'text', text: `<command-message>x</command-message><command-name>${' '.repeat(1_000_000)}` }],
    ].map((text, n) => ({
      ...line,
      type: 'user',
      uuid: `u-${n + 2}`,
      promptId: '',
      message: { content: text },
    })),
    {
      ...line,
      type: 'assistant',
      uuid: 'u-9',
      requestId: 'req_1',
      message: { id: 'msg_1', model: 'claude-opus-4-8', stop_reason: 'tool_use', usage, content },
    },
  ];
  const text = lines
    .map((one) => `${JSON.stringify(one)}\n`)
    .join('')
    .replace('"DEEP"', '['.repeat(5_000) + ']'.repeat(5_000))
    .replace('"NAME"', `"${'n'.repeat(3_000_000)}"`);
  const session = '11111111-2222-4333-8444-555555555555';
  const path = join(project, `${session}.jsonl`);
  writeFileSync(path, text);
  const payload = { session_id: session, transcript_path: path, cwd: '/home/dev/shop', prompt_id: 'p-1' };
  mkdirSync(join(atel.home, 'inbox'), { recursive: true });
  writeFileSync(
    join(atel.home, 'inbox', 'one.json'),
    JSON.stringify({ ...payload, hook_event_name: 'Stop' }),
  );
  await atel.command('flush');
  const requests = 'SELECT cost_usd FROM api_requests FINAL';
  // List price of claude-opus-4-8: 5 USD per million tokens in, 25 out.
  expect(await atel.client.sql(requests)).toEqual([{ cost_usd: 0.0075 }]);
  const texts = await atel.client.sql('SELECT kind, length(text) AS n FROM contents FINAL ORDER BY kind, n');
  expect(texts.map(({ kind }) => kind)).toEqual(['prompt', 'prompt', 'prompt', 'tool_input']);
  expect(Math.max(...texts.map(({ n }) => Number(n)))).toBeLessThanOrEqual(32_768);
}, 60_000);

it('a repository lowers the tier of its own sessions, and atel privacy says so', async () => {
  const atel = await served({ AGENT_TELEMETRY_PRIVACY_TIER: '3' });
  const repository = tempFolder();
  mkdirSync(join(repository, '.ll'));
  writeFileSync(join(repository, '.ll', 'll-config.json'), '{"telemetry": {"privacy_tier": 2}}');
  const payload = {
    session_id: 's-1',
    prompt_id: 'p-1',
    cwd: repository,
    hook_event_name: 'PostToolUse',
    tool_name: 'Bash',
    tool_use_id: 'toolu_1',
    tool_input: { command: 'make' },
    tool_response: { stdout: 'PLANTED output' },
  };
  mkdirSync(join(atel.home, 'inbox'), { recursive: true });
  writeFileSync(join(atel.home, 'inbox', 'one.json'), JSON.stringify(payload));
  await atel.command('flush');
  const rows = await atel.client.sql('SELECT privacy_tier, kind, text FROM contents');
  expect(rows).toEqual([{ privacy_tier: 2, kind: 'tool_input', text: '{"command":"make"}' }]);
  expect(filesIn(atel.home).filter(({ content }) => content.includes('PLANTED'))).toEqual([]);
  const env = { PATH: process.env.PATH ?? '', HOME: repository, ...atel.env };
  const told = await run(process.execPath, [cli, 'privacy'], { env, cwd: repository });
  expect(told.stdout).toContain('lowered from 3 by .ll/ll-config.json of the repository');
});
