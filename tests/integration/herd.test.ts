import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { run } from '../helpers/process.js';
import { tempFolder } from '../helpers/temp.js';

const hook = fileURLToPath(new URL('../../.claude/hooks/log-event.sh', import.meta.url));

it('many hooks at once keep every event and start few drains', async () => {
  const root = tempFolder();
  const home = join(root, 'telemetry');
  mkdirSync(join(home, 'program'), { recursive: true });
  mkdirSync(join(root, 'bin'));
  writeFileSync(join(home, 'program', 'drain.js'), '');
  // A fake node, so that the drain never starts working.
  const node = join(root, 'bin', 'node');
  const started = join(root, 'started');
  writeFileSync(node, `#!/bin/sh\necho started >> ${started}\n`);
  chmodSync(node, 0o755);
  const env = {
    PATH: `${join(root, 'bin')}:${process.env.PATH ?? ''}`,
    HOME: root,
    AGENT_TELEMETRY_HOME: home,
  };
  const COUNT = 60;
  await Promise.all(Array.from({ length: COUNT }, () => run('sh', [hook], { env, input: '{"a":1}' })));
  expect(readdirSync(join(home, 'inbox'))).toHaveLength(COUNT);
  expect(existsSync(started)).toBe(true);
  expect(readFileSync(started, 'utf8').trim().split('\n').length).toBeLessThan(COUNT / 3);
}, 120_000);
