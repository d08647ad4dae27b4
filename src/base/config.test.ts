import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { qualityClasses } from '../datasources/quality-classes.js';
import { ConfigError, loadConfig, processSources } from './config.js';
import { settingNames, settings, variableOf } from './settings.js';

type Env = Record<string, string | undefined>;

let homeDir: string;
beforeEach(() => {
  homeDir = mkdtempSync(join(tmpdir(), 'atel-config-'));
});
afterEach(() => rmSync(homeDir, { recursive: true, force: true }));

const load = (env: Env = {}, platform = 'linux') => loadConfig({ env, homeDir, platform });
const settingsFile = () => join(homeDir, '.config', 'agent-telemetry', 'config.json');

function writeSettings(content: unknown, file = settingsFile()): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
}

/** The one-line message that a user sees. */
function complaint(env: Env = {}): string {
  let caught: unknown;
  try {
    load(env);
  } catch (error) {
    caught = error;
  }
  if (!(caught instanceof ConfigError)) throw new Error(`no ConfigError but ${String(caught)}`);
  expect(caught.message).not.toContain('\n');
  return caught.message;
}

describe('the default settings', () => {
  it('by default, this machine records into its own store at tier 1', () => {
    expect(load()).toEqual({
      tinybird_url: 'http://localhost:7181',
      append_token: 'local',
      read_token: 'local',
      home: join(homeDir, '.agent-telemetry'),
      privacy_tier: 1,
      project_tiers: {},
      contents_days: 30,
      retention_days: null,
      enabled: true,
      watch_transcripts: false,
      tinybird_port: 7181,
      otlp_grpc_port: 4717,
      collector_port: 8317,
      api_port: 8318,
      dashboard_port: 3100,
      spool_mb: 1024,
      spool_days: 36_500,
      idle_minutes: 60,
      context_deadline_ms: 400,
      prices: {},
      model_aliases: {},
      quality_commands: {},
      metrics_prefix: 'agent_telemetry_',
      alert_command: null,
      alert_webhook: null,
      otel_endpoint: null,
      otel_headers: '',
      local: true,
      file: settingsFile(),
    });
  });

  it('an empty environment variable counts as not set', () => {
    expect(load({ TINYBIRD_URL: '', AGENT_TELEMETRY_HOME: '', AGENT_TELEMETRY_ENABLED: '' })).toEqual(load());
  });

  it('by default, the settings are read from the process environment', () => {
    const sources = processSources();
    expect(sources.env).toBe(process.env);
    expect(sources.platform).toBe(process.platform);
  });
});

describe('the settings file', () => {
  const everything = {
    tinybird_url: 'https://api.tinybird.co',
    append_token: 'p.append',
    read_token: 'p.read',
    privacy_tier: 3,
    project_tiers: { 'shop-7815fea6': 1, '/srv': 2 },
    contents_days: 7,
    retention_days: 400,
    enabled: false,
    watch_transcripts: true,
    tinybird_port: 7300,
    otlp_grpc_port: 7301,
    collector_port: 7302,
    api_port: 7303,
    dashboard_port: 7304,
    spool_mb: 512,
    spool_days: 30,
    idle_minutes: 5,
    context_deadline_ms: 250,
    otel_endpoint: 'http://localhost:4318',
    otel_headers: 'x-key=1',
    prices: { 'glm-4.7': { input: 1, output: 5, write_5m: 1.25, write_1h: 2, read: 0.1 } },
    model_aliases: { 'corp-large': 'claude-opus-5-5' },
    quality_commands: { 'npm run verify': 'test', './ci *': 'none' },
    metrics_prefix: 'ccdash_',
    alert_command: 'notify-send',
    alert_webhook: 'http://localhost:9000/alerts',
  };

  it('the settings file can set everything except the telemetry folder', () => {
    writeSettings(everything);
    expect(load()).toEqual({
      ...everything,
      home: join(homeDir, '.agent-telemetry'),
      local: false,
      file: settingsFile(),
    });
  });

  it.each(['/var/lib/telemetry', '', null])(
    'a settings file that sets the folder is refused, since the capture scripts would not find it: %j',
    (home) => {
      writeSettings({ home });
      expect(complaint()).toBe(
        `${settingsFile()}: home cannot be set in the file, which the capture scripts do not read; remove it and set AGENT_TELEMETRY_HOME`,
      );
    },
  );

  it('a setting that the file leaves out keeps its default', () => {
    writeSettings({ idle_minutes: 5 });
    expect(load()).toMatchObject({ idle_minutes: 5, tinybird_port: 7181, enabled: true });
  });

  it('the environment wins over the file, setting by setting', () => {
    writeSettings(everything);
    const config = load({
      TINYBIRD_URL: 'http://127.0.0.1:7300',
      AGENT_TELEMETRY_APPEND_TOKEN: 'a',
      AGENT_TELEMETRY_READ_TOKEN: 'r',
      AGENT_TELEMETRY_HOME: '/srv/atel',
      AGENT_TELEMETRY_ENABLED: 'yes',
      AGENT_TELEMETRY_IDLE_MINUTES: '0.5',
    });
    expect(config).toEqual({
      ...everything,
      tinybird_url: 'http://127.0.0.1:7300',
      append_token: 'a',
      read_token: 'r',
      home: '/srv/atel',
      enabled: true,
      idle_minutes: 0.5,
      local: true,
      file: settingsFile(),
    });
  });

  it('the section `telemetry` of the file holds the settings of the trace export', () => {
    writeSettings({
      idle_minutes: 5,
      telemetry: { otel_endpoint: 'https://otel.example', otel_headers: 'k=v' },
    });
    expect(load()).toMatchObject({
      idle_minutes: 5,
      otel_endpoint: 'https://otel.example',
      otel_headers: 'k=v',
    });
    writeSettings({ telemetry: { otel_endpoint: null } });
    expect(load()).toMatchObject({ otel_endpoint: null, otel_headers: '' });
    expect(load({ AGENT_TELEMETRY_OTEL_ENDPOINT: 'http://localhost:4318' })).toMatchObject({
      otel_endpoint: 'http://localhost:4318',
    });
  });

  it.each([
    [{ telemetry: [] }, 'telemetry is not an object; known are otel_endpoint, otel_headers'],
    [
      { telemetry: { log_path: 'x' } },
      'telemetry has an unknown setting "log_path"; known are otel_endpoint, otel_headers',
    ],
    [
      { telemetry: { otel_endpoint: 'localhost:4318' } },
      'otel_endpoint takes an http or https address (passwords: otel_headers), not "localhost:4318"',
    ],
    [
      { telemetry: { otel_headers: 'secret' } },
      'otel_headers takes name=value, several by comma, not what is there',
    ],
  ])('an invalid section `telemetry` is refused: %j', (settings, what) => {
    writeSettings(settings);
    expect(complaint()).toBe(`${settingsFile()}: ${what}`);
  });

  it.each([
    ['text', 'not json'],
    ['a list', '[]'],
    ['null', 'null'],
    ['half an object', '{"enabled": tr'],
    ['nothing', ''],
  ])('a settings file with %s is refused', (_, content) => {
    writeSettings(content);
    expect(complaint()).toBe(`${settingsFile()} is not a JSON object; fix or remove it`);
  });

  it('an unreadable settings file is refused, not ignored', () => {
    mkdirSync(settingsFile(), { recursive: true });
    expect(complaint()).toMatch(
      /config\.json cannot be read \(.* is not a regular file\); fix or remove it$/,
    );
  });

  it.each(['tinybrid_url', 'toString', '__proto__'])(
    'an unknown setting in the file is refused: %s',
    (name) => {
      writeSettings(`{"${name}": 1}`);
      expect(complaint()).toBe(
        `${settingsFile()}: unknown setting "${name}"; known are tinybird_url, append_token, read_token, privacy_tier, project_tiers, contents_days, retention_days, enabled, watch_transcripts, tinybird_port, otlp_grpc_port, collector_port, api_port, dashboard_port, spool_mb, spool_days, idle_minutes, context_deadline_ms, prices, model_aliases, quality_commands, metrics_prefix, alert_command, alert_webhook, otel_endpoint, otel_headers`,
      );
    },
  );
});

describe('the path of the settings file', () => {
  it.each<[string, Env, string, (home: string) => string]>([
    ['Linux', {}, 'linux', (home) => join(home, '.config')],
    ['macOS', {}, 'darwin', (home) => join(home, 'Library', 'Application Support')],
    ['XDG on Linux', { XDG_CONFIG_HOME: '/etc/xdg-of-mine' }, 'linux', () => '/etc/xdg-of-mine'],
    ['XDG on macOS', { XDG_CONFIG_HOME: '/etc/xdg-of-mine' }, 'darwin', () => '/etc/xdg-of-mine'],
    ['an empty XDG', { XDG_CONFIG_HOME: '' }, 'linux', (home) => join(home, '.config')],
  ])('%s', (_, env, platform, base) => {
    expect(load(env, platform).file).toBe(join(base(homeDir), 'agent-telemetry', 'config.json'));
  });

  it('the reported path of the settings file is the one that is read', () => {
    writeSettings(
      { idle_minutes: 9 },
      join(homeDir, 'Library', 'Application Support', 'agent-telemetry', 'config.json'),
    );
    expect(load({}, 'darwin').idle_minutes).toBe(9);
    expect(load({}, 'linux').idle_minutes).toBe(60);
  });
});

describe('a wrong value', () => {
  type Wrong = [
    setting: string,
    variable: string,
    text: string,
    inFile: unknown,
    takes: string,
    shown: string,
  ];
  const wrong: Wrong[] = [
    ['tinybird_url', 'TINYBIRD_URL', 'localhost', 'localhost', 'an http or https address', '"localhost"'],
    ['tinybird_url', 'TINYBIRD_URL', 'ftp://x', 'ftp://x', 'an http or https address', '"ftp://x"'],
    ['privacy_tier', 'AGENT_TELEMETRY_PRIVACY_TIER', '4', 4, '1, 2 or 3', '4'],
    ['privacy_tier', 'AGENT_TELEMETRY_PRIVACY_TIER', '0', 0, '1, 2 or 3', '0'],
    ['privacy_tier', 'AGENT_TELEMETRY_PRIVACY_TIER', 'full', 'full', '1, 2 or 3', '"full"'],
    ['enabled', 'AGENT_TELEMETRY_ENABLED', 'maybe', 'maybe', 'true or false', '"maybe"'],
    ['tinybird_port', 'AGENT_TELEMETRY_TINYBIRD_PORT', '65536', 65536, 'a port from 0 to 65535', '65536'],
    ['tinybird_port', 'AGENT_TELEMETRY_TINYBIRD_PORT', '-1', -1, 'a port from 0 to 65535', '-1'],
    ['tinybird_port', 'AGENT_TELEMETRY_TINYBIRD_PORT', '71.81', 71.81, 'a port from 0 to 65535', '71.81'],
    ['tinybird_port', 'AGENT_TELEMETRY_TINYBIRD_PORT', 'http', 'http', 'a port from 0 to 65535', '"http"'],
    ...['9lives_', 'a-b_', 'a:b_', 'x'.repeat(65)].map((prefix): Wrong => [
      ...(['metrics_prefix', 'AGENT_TELEMETRY_METRICS_PREFIX', prefix, prefix] as const),
      'the beginning of a name in Prometheus: letters, digits and _, no digit first',
      `"${prefix}"`,
    ]),
    ['idle_minutes', 'AGENT_TELEMETRY_IDLE_MINUTES', '0', 0, 'a positive number of minutes', '0'],
    ['idle_minutes', 'AGENT_TELEMETRY_IDLE_MINUTES', ' ', ' ', 'a positive number of minutes', '" "'],
    [
      'context_deadline_ms',
      'AGENT_TELEMETRY_CONTEXT_DEADLINE_MS',
      'fast',
      'fast',
      'a positive number of milliseconds',
      '"fast"',
    ],
  ];

  it.each(wrong)(
    'the error for %s in %s=%s says what it takes',
    (_, variable, text, _inFile, takes, shown) => {
      expect(complaint({ [variable]: text })).toBe(`${variable} takes ${takes}, not ${shown}`);
    },
  );

  it.each(wrong)(
    'the error for %s in the file, instead of %s=%s, says what the setting takes',
    (setting, _variable, _text, inFile, takes, shown) => {
      writeSettings({ [setting]: inFile });
      expect(complaint()).toBe(`${settingsFile()}: ${setting} takes ${takes}, not ${shown}`);
    },
  );

  it('a value of the wrong type in the file is refused, never converted', () => {
    writeSettings({ enabled: 'false' });
    expect(complaint()).toBe(`${settingsFile()}: enabled takes true or false, not "false"`);
    writeSettings({ tinybird_port: '7300' });
    expect(complaint()).toBe(`${settingsFile()}: tinybird_port takes a port from 0 to 65535, not "7300"`);
  });

  it.each(['AGENT_TELEMETRY_APPEND_TOKEN', 'AGENT_TELEMETRY_READ_TOKEN'])(
    '%s with characters that no header can carry is refused and not shown',
    (variable) => {
      const message = complaint({ [variable]: 'p.secret token' });
      expect(message).toBe(`${variable} takes letters, digits and signs without blanks, not what is there`);
    },
  );
});

describe('values of environment variables', () => {
  it.each([
    ['1', true],
    ['true', true],
    ['YES', true],
    ['on', true],
    ['0', false],
    ['False', false],
    ['no', false],
    ['OFF', false],
  ])('AGENT_TELEMETRY_ENABLED=%s is %s', (text, expected) => {
    expect(load({ AGENT_TELEMETRY_ENABLED: text }).enabled).toBe(expected);
  });

  it('TINYBIRD_TOKEN is ignored, because it may deploy', () => {
    expect(load({ TINYBIRD_TOKEN: 'p.admin' })).toEqual(load());
    expect(complaint({ TINYBIRD_URL: 'https://api.tinybird.co', TINYBIRD_TOKEN: 'p.admin' })).toContain(
      'AGENT_TELEMETRY_APPEND_TOKEN',
    );
  });

  it.each(['some/where', './here', '~/telemetry', ' /with/a/blank'])(
    'AGENT_TELEMETRY_HOME=%s is refused: a relative folder would differ by project',
    (path) => {
      expect(complaint({ AGENT_TELEMETRY_HOME: path })).toBe(
        `AGENT_TELEMETRY_HOME takes the absolute path of a folder, not ${JSON.stringify(path)}`,
      );
    },
  );
});

/** The settings that a remote store needs. */
const tokens = { AGENT_TELEMETRY_APPEND_TOKEN: 'p.append', AGENT_TELEMETRY_READ_TOKEN: 'p.read' };

describe('a remote store', () => {
  const address = 'https://api.tinybird.co';

  it.each([
    ['neither token', {}, 'APPEND', 'append'],
    ['the read token alone', { AGENT_TELEMETRY_READ_TOKEN: 'p.read' }, 'APPEND', 'append'],
    ['the append token alone', { AGENT_TELEMETRY_APPEND_TOKEN: 'p.append' }, 'READ', 'read'],
  ])('a remote store with %s is refused, and the error names what is missing', (_, env, variable, name) => {
    expect(complaint({ TINYBIRD_URL: address, ...env })).toBe(
      `TINYBIRD_URL (${address}) is not the store of this machine, so tokens are needed: set AGENT_TELEMETRY_${variable}_TOKEN to the workspace's token agent_telemetry_${name}`,
    );
  });

  it('a remote store is refused just so if the file names it, and its tokens may come from either source', () => {
    writeSettings({ tinybird_url: address, append_token: 'p.append' });
    expect(complaint()).toMatch(/config\.json: tinybird_url \(.*AGENT_TELEMETRY_READ_TOKEN/);
    expect(load({ AGENT_TELEMETRY_READ_TOKEN: 'p.read' })).toMatchObject({
      tinybird_url: address,
      append_token: 'p.append',
      read_token: 'p.read',
      local: false,
    });
  });

  it('a remote store never gets the token of this machine', () => {
    expect(load({ TINYBIRD_URL: address, ...tokens })).toMatchObject({
      append_token: 'p.append',
      read_token: 'p.read',
    });
  });

  it('errors name a remote store without the credentials in its address', () => {
    expect(complaint({ TINYBIRD_URL: 'https://me:secret@example.com/x' })).not.toContain('secret');
  });
});

describe('whether the store is local', () => {
  it.each([
    ['http://localhost:7181', true],
    ['http://127.0.0.1:9000', true],
    ['http://[::1]:7181', true],
    ['http://LOCALHOST:7181', true],
    ['https://api.tinybird.co', false],
    ['http://localhost.example.com:7181', false],
    ['http://user@192.168.0.2:7181', false],
    ['http://127.0.0.1@example.com', false],
    // The embedded server does not speak TLS.
    ['https://localhost', false],
    ['https://127.0.0.1:7181', false],
  ])('the address %s is local: %s', (address, local) => {
    expect(load({ TINYBIRD_URL: address, ...tokens }).local).toBe(local);
  });

  it('a local store needs no token', () => {
    expect(load({ TINYBIRD_URL: 'http://127.0.0.1:9000' })).toMatchObject({
      append_token: 'local',
      read_token: 'local',
    });
  });
});

describe('the port of the embedded server', () => {
  it.each([
    ['http://localhost:7300', 7300],
    ['http://127.0.0.1:7301', 7301],
    ['http://[::1]:7302', 7302],
    ['http://localhost', 80],
  ])('the port is taken from a given loopback address: %s', (address, port) => {
    expect(load({ TINYBIRD_URL: address })).toMatchObject({ tinybird_url: address, tinybird_port: port });
  });

  it('the address follows from the port, if only the port is set', () => {
    expect(load({ AGENT_TELEMETRY_TINYBIRD_PORT: '7300' })).toMatchObject({
      tinybird_url: 'http://localhost:7300',
      tinybird_port: 7300,
    });
  });

  it('port and address may both be set if they agree', () => {
    writeSettings({ tinybird_port: 7300 });
    expect(load({ TINYBIRD_URL: 'http://127.0.0.1:7300' }).tinybird_port).toBe(7300);
  });

  it('port and address that disagree are refused, and the error names both', () => {
    writeSettings({ tinybird_port: 7300 });
    expect(complaint({ TINYBIRD_URL: 'http://localhost:7181' })).toBe(
      `TINYBIRD_URL (http://localhost:7181) and ${settingsFile()}: tinybird_port (7300) name two ports; set one of them, or both alike`,
    );
    writeSettings({ tinybird_url: 'http://localhost:7181' });
    expect(complaint({ AGENT_TELEMETRY_TINYBIRD_PORT: '7300' })).toBe(
      `${settingsFile()}: tinybird_url (http://localhost:7181) and AGENT_TELEMETRY_TINYBIRD_PORT (7300) name two ports; set one of them, or both alike`,
    );
  });

  it('the port does not apply to a remote address', () => {
    expect(load({ TINYBIRD_URL: 'https://api.tinybird.co', ...tokens }).tinybird_port).toBe(7181);
    expect(load({ TINYBIRD_URL: 'https://localhost', ...tokens }).tinybird_port).toBe(7181);
    expect(
      load({ TINYBIRD_URL: 'https://api.tinybird.co', AGENT_TELEMETRY_TINYBIRD_PORT: '7300', ...tokens }),
    ).toMatchObject({
      tinybird_url: 'https://api.tinybird.co',
      tinybird_port: 7300,
    });
  });
});

describe.each(settingNames)('the setting %s', (name) => {
  const variable = variableOf(name);
  const { fallback, takes, isSecret } = settings[name];

  it.runIf(name !== 'home')('a value of another kind in the file is refused in one line', () => {
    writeSettings({ [name]: { not: 'this' } });
    const shown = isSecret ? 'what is there' : '{"not":"this"}';
    expect(complaint()).toBe(`${settingsFile()}: ${name} takes ${takes}, not ${shown}`);
  });

  it.runIf(settings[name].isFileOnly !== true)(
    'an invalid value of its variable is refused in one line',
    () => {
      const shown = isSecret ? 'what is there' : '" \\n"';
      expect(complaint({ [variable]: ' \n' })).toBe(`${variable} takes ${takes}, not ${shown}`);
    },
  );

  it('the setting accepts its own default', () => {
    const text =
      name === 'home'
        ? join(homeDir, '.agent-telemetry')
        : typeof fallback === 'object' && fallback !== null
          ? JSON.stringify(fallback)
          : String(fallback ?? '');
    expect(load({ [variable]: text })).toEqual(load());
  });
});

describe('the privacy tier', () => {
  it.each([2, 3])('the environment chooses tier %i outside of Claude Code', (tier) => {
    expect(load({ AGENT_TELEMETRY_PRIVACY_TIER: String(tier) }).privacy_tier).toBe(tier);
  });

  it.each([{ CLAUDE_PROJECT_DIR: '/srv/shop' }, { CLAUDECODE: '1' }])(
    'within Claude Code, where a repository may set variables, a variable only lowers it: %j',
    (within) => {
      const asks = (tier: string) => load({ ...within, AGENT_TELEMETRY_PRIVACY_TIER: tier }).privacy_tier;
      expect(asks('3')).toBe(1);
      writeSettings({ privacy_tier: 2 });
      expect([asks('1'), asks('2'), asks('3')]).toEqual([1, 2, 2]);
      expect(load(within).privacy_tier).toBe(2);
    },
  );

  describe('within Claude Code, where a repository may set any variable', () => {
    const within = { CLAUDE_PROJECT_DIR: '/srv/shop' };
    const elsewhere = () => join(homeDir, 'of-the-repository');
    const fileElsewhere = () => join(elsewhere(), 'agent-telemetry', 'config.json');

    it('a settings file that XDG_CONFIG_HOME names can lower the tiers, never raise them', () => {
      const env = { ...within, XDG_CONFIG_HOME: elsewhere() };
      writeSettings(
        { privacy_tier: 3, project_tiers: { 'shop-7815fea6': 3 }, idle_minutes: 7 },
        fileElsewhere(),
      );
      expect(load(env)).toMatchObject({ privacy_tier: 1, project_tiers: { 'shop-7815fea6': 1 } });
      // The user's own folder of settings may really be there: what says nothing about privacy counts.
      expect(load(env).idle_minutes).toBe(7);
      writeSettings({ privacy_tier: 3, project_tiers: { 'diary-11112222': 2 } });
      expect(load(env)).toMatchObject({ privacy_tier: 2, project_tiers: { 'shop-7815fea6': 2 } });
      writeSettings({ privacy_tier: 1 }, fileElsewhere());
      expect(load(env)).toMatchObject({ privacy_tier: 1, project_tiers: {} });
      expect(load({ XDG_CONFIG_HOME: elsewhere() }).privacy_tier).toBe(1);
    });

    it('the home folder of the account decides, not HOME', () => {
      writeSettings({ privacy_tier: 3 });
      const sources = { env: within, homeDir, platform: 'linux' };
      expect(loadConfig({ ...sources, accountHome: elsewhere() }).privacy_tier).toBe(1);
      expect(loadConfig({ ...sources, accountHome: homeDir }).privacy_tier).toBe(3);
      expect(loadConfig({ ...sources, env: {}, accountHome: elsewhere() }).privacy_tier).toBe(3);
    });

    it('a link from the account to that file makes it the own one', () => {
      writeSettings({ privacy_tier: 3 }, fileElsewhere());
      mkdirSync(join(homeDir, '.config', 'agent-telemetry'), { recursive: true });
      symlinkSync(fileElsewhere(), settingsFile());
      expect(load({ ...within, XDG_CONFIG_HOME: elsewhere() }).privacy_tier).toBe(3);
    });

    it.each([
      { TINYBIRD_URL: 'http://localhost:9999' },
      {
        TINYBIRD_URL: 'https://store.example',
        AGENT_TELEMETRY_APPEND_TOKEN: 'a',
        AGENT_TELEMETRY_READ_TOKEN: 'b',
      },
      { AGENT_TELEMETRY_APPEND_TOKEN: 'another' },
      { AGENT_TELEMETRY_TINYBIRD_PORT: '9999' },
    ])('no text is kept for a store that the file does not name: %j', (env) => {
      writeSettings({ privacy_tier: 3, project_tiers: { 'shop-7815fea6': 2 } });
      expect(load(env)).toMatchObject({ privacy_tier: 3 });
      expect(load({ ...within, ...env })).toMatchObject({
        privacy_tier: 1,
        project_tiers: { 'shop-7815fea6': 1 },
      });
    });

    it('a store that the file names is the own one, also if a variable repeats it', () => {
      writeSettings({ privacy_tier: 3, tinybird_port: 9999 });
      expect(load(within).privacy_tier).toBe(3);
      expect(load({ ...within, TINYBIRD_URL: 'http://localhost:9999' }).privacy_tier).toBe(3);
    });

    it('no file but that of the account makes rows go sooner', () => {
      const env = { ...within, XDG_CONFIG_HOME: elsewhere() };
      writeSettings({ alert_command: 'rm', alert_webhook: 'http://localhost:1' }, fileElsewhere());
      expect(load(env)).toMatchObject({ alert_command: null, alert_webhook: null });
      writeSettings({ retention_days: 0.001, contents_days: 0.001 }, fileElsewhere());
      expect(load(env)).toMatchObject({ retention_days: null, contents_days: null });
      writeSettings({ retention_days: 90, contents_days: 7 });
      expect(load(env)).toMatchObject({ retention_days: 90, contents_days: 7 });
    });
  });

  it('a variable never removes rows', () => {
    const env = { AGENT_TELEMETRY_RETENTION_DAYS: '0.000001', AGENT_TELEMETRY_CONTENTS_DAYS: '0.000001' };
    expect(load(env)).toMatchObject({ retention_days: null, contents_days: 30 });
  });

  it('the environment cannot set the tiers of projects', () => {
    expect(load({ AGENT_TELEMETRY_PROJECT_TIERS: '{"shop-7815fea6": 3}' }).project_tiers).toEqual({});
  });

  it('a wrong tier of a project is refused', () => {
    const takes =
      'projects by name (shop-7815fea6) or by absolute folder (/srv/shop, ~/shop), each with 1, 2 or 3';
    writeSettings({ project_tiers: { '/shop': 4 } });
    expect(complaint()).toBe(`${settingsFile()}: project_tiers takes ${takes}, not {"/shop":4}`);
    // Neither a folder nor a name with its hash: it would never match.
    for (const key of ['shop', 'work/shop', './shop', '~dev/shop', 'C:\\shop', '']) {
      writeSettings({ project_tiers: { [key]: 1 } });
      expect(complaint()).toBe(
        `${settingsFile()}: project_tiers takes ${takes}, not ${JSON.stringify({ [key]: 1 })}`,
      );
    }
  });

  it('folders of projects may be written in any way, and the lower tier of two spellings counts', () => {
    writeSettings({
      project_tiers: { '~/diary/': 1, '/srv//shop/./': 3, '/srv/x/../shop': 2, '/srv/shop': 3, '~': 2 },
    });
    expect(load().project_tiers).toEqual({ [join(homeDir, 'diary')]: 1, '/srv/shop': 2, [homeDir]: 2 });
  });
});

describe('prices and names of models in the settings', () => {
  const mine = { input: 1, output: 5, write_5m: 1.25, write_1h: 2, read: 0.1 };

  it('prices and names of models come from the settings file or, as JSON, from the environment', () => {
    writeSettings({ prices: { 'glm-4.7': mine }, model_aliases: { 'corp-large': 'claude-opus-5-5' } });
    expect(load()).toMatchObject({
      prices: { 'glm-4.7': mine },
      model_aliases: { 'corp-large': 'claude-opus-5-5' },
    });
    expect(load({ AGENT_TELEMETRY_PRICES: JSON.stringify({ 'kimi-k2': mine }) }).prices).toEqual({
      'kimi-k2': mine,
    });
  });

  it.each([
    [{ prices: { 'glm-4.7': { ...mine, read: undefined } } }, 'not nothing for glm-4.7.read'],
    [{ prices: { 'glm-4.7': { ...mine, input: -1 } } }, 'not -1 for glm-4.7.input'],
    [{ prices: { 'glm-4.7': { ...mine, output: '5' } } }, 'not "5" for glm-4.7.output'],
    [{ prices: { 'glm-4.7': { ...mine, cached: 1 } } }, 'not 1 for glm-4.7.cached'],
    [{ prices: { 'glm-4.7': 3 } }, 'not {"glm-4.7":3}'],
    [{ prices: [] }, 'not []'],
    [{ model_aliases: { 'corp-large': 7 } }, 'not {"corp-large":7}'],
    [{ model_aliases: { 'corp-large': 'opus' } }, 'not {"corp-large":"opus"}'],
  ])('an error names the wrong part of %j', (settings, said) => {
    writeSettings(settings);
    const name = Object.keys(settings)[0] ?? '';
    expect(complaint()).toBe(
      `${settingsFile()}: ${name} takes ${name === 'prices' ? 'models by name, each with input, output, write_5m, write_1h and read in USD per million tokens' : 'names, each with the id of the model that it stands for, such as claude-opus-5-5'}, ${said}`,
    );
  });

  it.each([
    [{ 'npm run qa': 'tests' }, 'not {"npm run qa":"tests"}'],
    [{ '* run qa': 'test' }, 'not {"* run qa":"test"}'],
    [{ '': 'test' }, 'not {"":"test"}'],
    [['npm run qa'], 'not ["npm run qa"]'],
  ])('an error names the wrong command of %j', (quality_commands, said) => {
    writeSettings({ quality_commands });
    expect(complaint()).toBe(
      `${settingsFile()}: quality_commands takes first words of commands (* for any one word), each with one of test, lint, type_check, build, deploy, none, ${said}`,
    );
  });

  it('a command can be of every class that rows can have', () => {
    const quality_commands = Object.fromEntries(qualityClasses.map((one) => [`npm run ${one}`, one]));
    writeSettings({ quality_commands });
    expect(load().quality_commands).toEqual(quality_commands);
  });

  it('prices that are not JSON are refused with the name of their variable', () => {
    expect(complaint({ AGENT_TELEMETRY_PRICES: '{oops' })).toMatch(
      /^AGENT_TELEMETRY_PRICES takes models by name, .* not "\{oops"$/,
    );
  });
});
