import { expect, it } from 'vitest';
import { ruleRow } from './rows.js';
import { readRule } from './rule.js';

const recorder = { device: 'test', privacyTier: 1, origin: 'live' } as const;
const rule = readRule({ rule: 'cost', metric: 'cost_usd', above: 10 });
const DAY_MS = 24 * 3600_000;

it('a changed rule replaces the stored one, also if the clock was set back since that was saved', () => {
  const now = Date.UTC(2026, 2, 10);
  const version = (after?: number) => {
    const { row } = ruleRow(rule, recorder, now, after === undefined ? {} : { after });
    return 'version' in row ? row.version : undefined;
  };
  expect(version()).toBe(now);
  expect(version(now - DAY_MS)).toBe(now);
  expect(version(now + DAY_MS)).toBe(now + DAY_MS + 1);
});
