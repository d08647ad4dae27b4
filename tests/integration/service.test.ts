import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { cli } from '../helpers/atel.js';
import { run } from '../helpers/process.js';
import { removeFolder } from '../helpers/temp.js';

const folder = mkdtempSync(join(tmpdir(), 'atel-service-'));
afterAll(() => removeFolder(folder));

/** A home of its own for each test, and a machine with systemctl, which is never called. */
let home = '';
let count = 0;
beforeEach(() => {
  home = join(folder, `home ${(count += 1)}`);
  mkdirSync(join(home, 'bin'), { recursive: true });
  writeFileSync(join(home, 'bin', 'systemctl'), '#!/bin/sh\ntouch "$HOME/called"\n', { mode: 0o755 });
});

const service = (args: string[], env: Record<string, string> = {}) =>
  run(process.execPath, [cli, 'service', ...args], {
    env: { HOME: home, PATH: join(home, 'bin'), XDG_CONFIG_HOME: join(home, 'con fig'), ...env },
  });
const file = () => join(home, 'con fig', 'systemd', 'user', 'agent-telemetry.service');

describe.runIf(process.platform === 'linux')('atel service', () => {
  it('install writes one file and says how to start it; status and remove know it', async () => {
    expect((await service(['status'])).stdout).toContain('Not installed');
    const { code, stdout, stderr } = await service(['install']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain(`Wrote ${file()}\n`);
    expect(stdout).toContain('systemctl --user enable --now agent-telemetry.service');
    const text = readFileSync(file(), 'utf8');
    expect(text).toContain(`ExecStart="${process.execPath}" "`);
    expect(text).toContain(`Environment="XDG_CONFIG_HOME=${join(home, 'con fig')}"`);
    expect((await service(['install'])).stdout).toContain('is there already');
    expect((await service(['status'])).stdout).toContain(`Installed: ${file()}\nWhether it runs:`);
    const { stdout: removed } = await service(['remove']);
    expect(removed).toContain(`Removed ${file()}\n`);
    expect(removed).toContain('systemctl --user disable --now agent-telemetry.service');
    expect(existsSync(file())).toBe(false);
    expect((await service(['remove'])).stdout).toContain('Not installed');
    // Nothing else was made, and systemctl was not called.
    expect(readdirSync(home).sort()).toEqual(['bin', 'con fig']);
    expect(readdirSync(join(home, 'con fig'))).toEqual(['systemd']);
  });

  it('install --print prints the file and writes nothing', async () => {
    const { code, stdout } = await service(['install', '--print'], { PATH: '' });
    expect(code).toBe(0);
    expect(stdout).toContain('\nExecStart=');
    expect(readdirSync(home)).toEqual(['bin']);
  });

  it('a file that atel did not write stays as it is', async () => {
    mkdirSync(join(file(), '..'), { recursive: true });
    writeFileSync(file(), '[Unit]\n');
    for (const what of ['install', 'remove', 'status']) {
      const { code, stderr } = await service([what]);
      expect([code, stderr]).toEqual([
        1,
        `atel: ${file()} was not written by atel: it stays as it is. Move it away first\n`,
      ]);
    }
    expect(readFileSync(file(), 'utf8')).toBe('[Unit]\n');
  });

  it('says that settings of the shell are not in the service, and does not write them', async () => {
    const { code, stderr } = await service(['install'], {
      TINYBIRD_URL: 'http://localhost:7181',
      AGENT_TELEMETRY_HOME: join(home, 'a'),
    });
    expect(code).toBe(0);
    expect(stderr).toContain('The service does not get TINYBIRD_URL of this shell: set them in ');
    const text = readFileSync(file(), 'utf8');
    expect(text).not.toContain('7181');
    expect(text).toContain(`Environment="AGENT_TELEMETRY_HOME=${join(home, 'a')}"`);
    // Without that variable, the service would have another folder.
    expect((await service(['status'])).stdout).toContain('Write it anew');
  });

  it.each([
    [1, ['install'], 'systemctl is not in PATH: this machine does not use systemd'],
    [2, ['remove', '--print'], '--print is for atel service install'],
    [2, ['start'], "'start' is invalid for argument 'what'"],
  ])('exits with %i for %j', async (status, args, message) => {
    const { code, stderr } = await service(args, { PATH: '/nonexistent' });
    expect(code).toBe(status);
    expect(stderr).toContain(message);
    expect(readdirSync(home)).toEqual(['bin']);
  });
});
