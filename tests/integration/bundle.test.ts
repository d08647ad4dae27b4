import { readFileSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

/**
 * Largest size of the programs that Claude Code waits for, in bytes. A larger one starts later: `npm run bench`
 * shows by how much. Raise a budget only with that figure in the commit's message.
 */
const budgets = { 'inject.cjs': 59_000, 'statusline.cjs': 48_000 };

const built = (name: string) => fileURLToPath(new URL(`../../dist/${name}`, import.meta.url));

it.each(Object.entries(budgets))('%s stays within %i bytes', (name, budget) => {
  expect(statSync(built(name)).size).toBeLessThanOrEqual(budget);
});

it.each(Object.keys(budgets))('%s does not hold the definitions of tables and pipes', (name) => {
  const code = readFileSync(built(name), 'utf8');
  expect(code).not.toMatch(/materialized_view_target|AggregatingMergeTree|billed_requests/);
});
