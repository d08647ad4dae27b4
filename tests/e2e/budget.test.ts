import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { startAtel } from '../helpers/atel.js';
import { until } from '../helpers/background.js';
import { createSandbox, runClaude } from '../helpers/claude.js';
import { startScriptedApi } from '../helpers/scripted-api.js';

const SESSION = '22222222-2222-4222-8222-222222222222';

it('past the hard limit of a budget the real client is denied its tool calls with the reason, and nothing else stops it', async () => {
  await using api = await startScriptedApi();
  await using sandbox = await createSandbox();
  const home = join(sandbox.home, '.agent-telemetry');
  const atel = await startAtel({ home });
  const guard = join(home, 'guard');
  const script = join(sandbox.project, '.claude', 'hooks', 'guard-budget.sh');
  const made = join(sandbox.project, 'made');
  /** A turn that makes a file with Bash; what the model was answered. */
  const turn = async (resume?: string) => {
    rmSync(made, { force: true });
    const { exitCode, requests } = await runClaude({
      ...{ sandbox, api, env: atel.env, prompt: 'PLAN: bash touch made ; say done' },
      ...(resume === undefined ? { sessionId: SESSION } : { resume }),
    });
    expect(exitCode).toBe(0);
    return { isMade: existsSync(made), told: requests.flatMap((request) => request.texts()).join('\n') };
  };
  try {
    expect(await atel.command('init', '--project', sandbox.project, '--guard')).toMatchObject({ code: 0 });
    expect((await turn()).isMade).toBe(true);
    expect(await atel.command('flush')).toMatchObject({ code: 0 });

    // Any request costs more.
    await atel.command('alerts', 'add', 'today', '--span', 'day', '--soft', '0.000001');
    await until('the soft limit is known', () => existsSync(guard));
    const soft = await turn(SESSION);
    expect(soft.isMade).toBe(true);
    expect(soft.told).toContain('agent-telemetry: Budget today: cost_usd today is');

    await atel.command('alerts', 'edit', 'today', '--hard', '0.000002');
    await until('the hard limit is known', () => readFileSync(guard, 'utf8').includes('hard|'));
    const hard = await turn(SESSION);
    expect(hard.isMade).toBe(false);
    expect(hard.told).toContain('the hard limit is');
    expect(hard.told).toContain('atel alerts edit today --hard FIGURE, to raise this limit');

    // The state is old, damaged or gone, or the script is. The server stands still, or it would write the state again.
    const denying = readFileSync(guard, 'utf8');
    const [head = ''] = denying.split('\n');
    const [, pid = ''] = head.split(' ');
    process.kill(Number(pid), 'SIGSTOP');
    for (const text of [
      denying.replace(head, `1 ${pid} 1`),
      denying.replace(head, '1 x y'),
      denying.replace('|', ''),
      denying.slice(head.length + 1),
    ]) {
      writeFileSync(guard, text);
      expect(await turn(SESSION), text).toMatchObject({ isMade: true });
    }
    writeFileSync(guard, denying);
    const whole = readFileSync(script, 'utf8');
    for (const text of [whole.slice(0, 900), whole.slice(0, whole.length - 60), '<<<<<<< HEAD\n']) {
      writeFileSync(script, text);
      expect(await turn(SESSION), text.slice(-40)).toMatchObject({ isMade: true });
    }
    rmSync(script);
    expect(await turn(SESSION)).toMatchObject({ isMade: true });
    writeFileSync(script, whole, { mode: 0o755 });

    // The server, and with it the store, is killed: what it wrote last denies nothing. No drain starts it again.
    await atel.stop('SIGKILL');
    rmSync(join(home, 'program'));
    writeFileSync(guard, denying);
    expect(await turn(SESSION)).toMatchObject({ isMade: true });

    expect(await atel.command('init', '--project', sandbox.project, '--remove')).toMatchObject({ code: 0 });
    expect(existsSync(script)).toBe(false);
  } finally {
    // It may stand still.
    await atel.stop('SIGKILL');
  }
}, 300_000);
