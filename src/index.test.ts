import { describe, expect, it } from 'vitest';
import * as catalogue from './catalogue.js';
import * as sdk from './index.js';
import * as views from './pipes/views/index.js';

describe('the public entry', () => {
  const hidden = new Set([
    ...Object.keys(views),
    // Tables that only pipes read.
    'copiedRequests',
    'listedSkills',
    'mainMessages',
    'namelessMessages',
    'sessionBounds',
    'sideQuestions',
    'taskBounds',
    'unpricedMonths',
  ]);
  const asked = Object.keys(catalogue).filter((name) => !hidden.has(name));

  it('the entry has the definition of each table and pipe, except for the views and the tables that only pipes read', () => {
    // A new table or pipe is public once src/index.ts names it.
    expect(Object.keys(sdk)).toEqual(expect.arrayContaining(asked));
  });

  it('the entry has nothing that is not meant to be public', () => {
    const others = Object.keys(sdk).filter((name) => !asked.includes(name));
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
