import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { deliver, type Message } from './deliver.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'atel-deliver-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const message: Message = {
  ...{ rule: 'day', severity: 'critical', state: 'hard', state_before: 'soft', metric: 'cost_usd' },
  ...{ session_id: null, value: 3, threshold: 2, from: '', to: '', at: '', is_late: false },
  text: `$(touch ${tmpdir()}/injected); "; touch injected; '`,
};
const none = { alert_command: null, alert_webhook: null };

/** Whether a process runs; one that nobody waits for stays in the list as a zombie. */
const isRunning = (pid: number) => {
  const { stdout } = spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' });
  return stdout.trim() !== '' && !stdout.includes('Z');
};

describe('a command', () => {
  it('gets the message as data, whatever is in it', async () => {
    const out = join(folder, 'out');
    const alert_command = `cat > '${out}.json'; printf %s "$ATEL_ALERT_TEXT" > '${out}.txt'`;
    expect(await deliver(message, { ...none, alert_command })).toEqual([]);
    expect(JSON.parse(readFileSync(`${out}.json`, 'utf8'))).toEqual(message);
    expect(readFileSync(`${out}.txt`, 'utf8')).toBe(message.text);
  });

  it('that does not end is killed with what it started, and that is told', async () => {
    const pids = join(folder, 'pids');
    const alert_command = `sleep 300 & echo $! > '${pids}'; sleep 300; true`;
    expect(await deliver(message, { ...none, alert_command }, { limitMs: 500 })).toEqual([
      'alert_command took too long and was ended',
    ]);
    expect(existsSync(pids)).toBe(true);
    await expect.poll(() => isRunning(Number(readFileSync(pids, 'utf8')))).toBe(false);
  });

  it('that fails is told', async () => {
    expect(await deliver(message, { ...none, alert_command: 'exit 7' })).toEqual([
      'alert_command ended with 7',
    ]);
  });
});

describe('a webhook', () => {
  it('must be an http address of this machine', async () => {
    const told = (alert_webhook: string) => deliver(message, { ...none, alert_webhook });
    expect(await told('http://127.0.0.1.evil.example/x')).toEqual([
      'alert_webhook: http://127.0.0.1.evil.example is not this machine',
    ]);
    expect(await told('http://localhost@evil.example/x')).toEqual([
      'alert_webhook: http://evil.example is not this machine',
    ]);
    expect(await told('https://localhost:1/x')).toEqual([
      'alert_webhook takes an address that begins with http:, not https:',
    ]);
  });

  it('that answers drop by drop, or elsewhere, gets a limited time and no second request', async () => {
    let asked = 0;
    const slow = createServer((request, response) => {
      asked += 1;
      if (request.url === '/moved') {
        response.writeHead(307, { location: '/slow' }).end();
        return;
      }
      // Nothing but headers, for ever: the connection is never idle.
      response.socket?.write('HTTP/1.1 200 OK\r\n');
      const drops = setInterval(() => response.socket?.write('x-drop: 1\r\n'), 50);
      response.on('close', () => clearInterval(drops));
    });
    await new Promise<void>((resolve) => slow.listen(0, '127.0.0.1', resolve));
    const address = slow.address();
    const base = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
    try {
      expect(await deliver(message, { ...none, alert_webhook: `${base}/moved` })).toEqual([
        'alert_webhook: answered 307',
      ]);
      expect(asked).toBe(1);
      expect(await deliver(message, { ...none, alert_webhook: `${base}/slow` }, { limitMs: 500 })).toEqual([
        'alert_webhook: no answer in time',
      ]);
    } finally {
      slow.closeAllConnections();
      slow.close();
    }
  });
});
