import { describe, expect, it } from 'vitest';
import { usage, usageTuple } from './usage.js';

describe('requests.usage', () => {
  it('the parts have the same order as in existing stores', () => {
    // A store's views read by position: a part that moves would be read as another one.
    expect(usage('rank')).toBe('usage.1');
    expect(usage('output_tokens')).toBe('usage.2');
    expect(usage('input_tokens')).toBe('usage.3');
    expect(usage('cache_read_tokens')).toBe('usage.4');
    expect(usage('cache_creation_tokens')).toBe('usage.5');
    expect(usage('cache_creation_5m_tokens')).toBe('usage.6');
    expect(usage('cache_creation_1h_tokens')).toBe('usage.7');
    expect(usage('is_priced')).toBe('usage.8');
    expect(usage('cost_usd')).toBe('usage.9');
    expect(usage('model')).toBe('usage.10');
    expect(usage('speed')).toBe('usage.11');
  });

  it('the parts are written in that order, whatever the order in which they are given', () => {
    const sql = usageTuple({
      speed: 'k',
      model: 'j',
      cost_usd: 'i',
      is_priced: 'h',
      cache_creation_1h_tokens: 'g',
      cache_creation_5m_tokens: 'f',
      cache_creation_tokens: 'e',
      cache_read_tokens: 'd',
      input_tokens: 'c',
      output_tokens: 'b',
      rank: 'a',
    });
    expect(sql.replace(/\s/g, '')).toBe('(a,b,c,d,e,f,g,h,i,j,k)');
  });
});
