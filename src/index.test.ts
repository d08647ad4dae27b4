import { describe, expect, it } from 'vitest';
import * as catalogue from './catalogue.js';
import * as sdk from './index.js';

describe('the public entry', () => {
  const { mergeRequests, ...asked } = catalogue;

  it('the entry has the definition of each table and pipe, except for the view that fills a table', () => {
    expect(mergeRequests._name).toBe('merge_requests');
    expect(sdk).not.toHaveProperty('mergeRequests');
    // A new table or pipe is public once src/index.ts names it.
    expect(Object.keys(sdk)).toEqual(expect.arrayContaining(Object.keys(asked)));
  });

  it('the entry has nothing that is not meant to be public', () => {
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
