import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { serviceManager } from './service-file.js';

const program = {
  node: '/opt/my node/bin/node',
  cli: '/srv/50% "off" $HOME & <co>\\x/cli.js',
  env: { AGENT_TELEMETRY_HOME: '/srv/tele metry/100%' },
};

const textOf = (platform: NodeJS.Platform, one: typeof program = program) =>
  serviceManager(platform, '/home/ann', {})?.text(one);

describe('the file of a service', () => {
  it('for systemd quotes spaces, quotes, backslashes, percent and dollar signs', () => {
    const lines = textOf('linux')?.split('\n') ?? [];
    expect(lines).toContain(
      String.raw`ExecStart="/opt/my node/bin/node" "/srv/50%% \"off\" $$HOME & <co>\\x/cli.js" up`,
    );
    expect(lines).toContain('Environment="AGENT_TELEMETRY_HOME=/srv/tele metry/100%%"');
  });

  it('for launchd is XML', () => {
    const text = textOf('darwin');
    expect(text).toContain('<string>/opt/my node/bin/node</string>');
    expect(text).toContain(String.raw`<string>/srv/50% "off" $HOME &amp; &lt;co&gt;\x/cli.js</string>`);
    expect(text).toContain('<key>AGENT_TELEMETRY_HOME</key><string>/srv/tele metry/100%</string>');
    expect(textOf('darwin', { ...program, env: { AGENT_TELEMETRY_HOME: '' } })).toContain(
      '<string></string>',
    );
  });

  it('is where the service manager looks for it', () => {
    const file = (...of: Parameters<typeof serviceManager>) => serviceManager(...of)?.file;
    expect(file('linux', '/home/ann', {})).toBe('/home/ann/.config/systemd/user/agent-telemetry.service');
    expect(file('linux', '/home/ann', { XDG_CONFIG_HOME: '/srv/config' })).toBe(
      '/srv/config/systemd/user/agent-telemetry.service',
    );
    const mac = serviceManager('darwin', '/Users/Ann Lee', {});
    expect(mac?.file).toBe('/Users/Ann Lee/Library/LaunchAgents/io.agent-telemetry.atel.plist');
    expect(mac?.start).toContain(`'/Users/Ann Lee/Library/LaunchAgents/io.agent-telemetry.atel.plist'`);
    expect(file('win32', 'C:\\Users\\ann', {})).toBeUndefined();
  });

  it('is refused if a path has a line end, or node a dollar sign under systemd', () => {
    for (const platform of ['linux', 'darwin'] as const)
      expect(() => textOf(platform, { ...program, cli: '/srv/a\nExecStartPre=b' })).toThrow(
        'control character',
      );
    expect(() => textOf('linux', { ...program, node: '/srv/$x/node' })).toThrow('has a $');
  });

  it.skipIf(spawnSync('systemd-analyze', ['--version']).status !== 0)('systemd finds no fault in it', () => {
    const folder = mkdtempSync(join(tmpdir(), 'atel-unit-'));
    try {
      const file = join(folder, 'agent-telemetry.service');
      writeFileSync(file, textOf('linux', { ...program, node: process.execPath }) ?? '');
      const { stdout, stderr } = spawnSync('systemd-analyze', ['verify', '--user', file], {
        encoding: 'utf8',
      });
      expect((stdout + stderr).split('\n').filter((line) => line.includes('agent-telemetry'))).toEqual([]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
