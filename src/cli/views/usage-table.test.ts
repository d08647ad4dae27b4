import { expect, it } from 'vitest';
import { shortModels } from './usage-table.js';

it('names of models are shortened; the date stays if only it distinguishes two of them', () => {
  const models = ['claude-opus-4-8', 'claude-haiku-4-5', 'claude-haiku-4-5-20251001', 'gpt-5', ''];
  expect(models.map(shortModels(models))).toEqual([
    'opus-4-8',
    'haiku-4-5',
    'haiku-4-5-20251001',
    'gpt-5',
    'unknown',
  ]);
  expect(shortModels(['claude-haiku-4-5-20251001'])('claude-haiku-4-5-20251001')).toBe('haiku-4-5');
});
