import { readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { plantedSecrets } from '../helpers/secrets.js';

/**
 * Size limits of the programs that Claude Code waits for, in bytes. A larger program starts more slowly: `npm run
 * bench` shows by how much. Raise a limit only with that figure in the commit message.
 */
const budgets = { 'inject.cjs': 61_100, 'statusline.cjs': 12_000 };

const built = (name: string) => fileURLToPath(new URL(`../../dist/${name}`, import.meta.url));

it.each(Object.entries(budgets))('%s stays within %i bytes', (name, budget) => {
  expect(statSync(built(name)).size).toBeLessThanOrEqual(budget);
});

it.each(Object.keys(budgets))('%s does not contain the definitions of tables and pipes', (name) => {
  const code = readFileSync(built(name), 'utf8');
  expect(code).not.toMatch(/materialized_view_target|AggregatingMergeTree|billed_requests/);
});

it('SessionStart loads the secret patterns only for a project whose name may contain a secret', () => {
  expect(readFileSync(built('inject.cjs'), 'utf8')).not.toContain('PRIVATE KEY');
  const { redactText } = createRequire(import.meta.url)(built('redaction.cjs')) as {
    redactText: (text: string) => string;
  };
  for (const { text, secret } of plantedSecrets) expect(redactText(text)).not.toContain(secret);
});
