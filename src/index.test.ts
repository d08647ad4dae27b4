import { describe, expect, it } from 'vitest';
import * as catalogue from './catalogue.js';
import * as sdk from './index.js';

describe('the public entry', () => {
  const { mergeRequests, ...asked } = catalogue;

  it('has the definition of each table and pipe, but not of the view that fills one of them', () => {
    expect(mergeRequests._name).toBe('merge_requests');
    expect(sdk).not.toHaveProperty('mergeRequests');
    // A new table or pipe is public once src/index.ts names it.
    expect(Object.keys(sdk)).toEqual(expect.arrayContaining(Object.keys(asked)));
  });

  it('has nothing else but what is meant to be public', () => {
    const others = Object.keys(sdk).filter((name) => !(name in asked));
    expect(others.sort()).toEqual([
      'OtlpError',
      'StoreError',
      'createTinybirdClient',
      'emit',
      'exportAsTraces',
      'exportEvents',
      'log',
    ]);
    expect(Object.keys(sdk.log).sort()).toEqual(['path', 'read', 'summary', 'trace', 'trends']);
  });
});
