import { expect, it } from 'vitest';
import { parseProject } from './project.js';
import { filledWith, findViews } from './views.js';

const datasource = 'SCHEMA >\n    id String `json:$.id`\nENGINE_SORTING_KEY "id"\n';
const view = (from: string, to: string) =>
  `NODE rows\nSQL >\n    SELECT id FROM ${from}\nTYPE materialized\nDATASOURCE ${to}\n`;

it('all tables that are filled from a table are found, including through views of views', () => {
  const { project, problems } = parseProject([
    ...['raw', 'first', 'second', 'other'].map((name) => ({
      filename: `${name}.datasource`,
      content: datasource,
    })),
    { filename: 'one.pipe', content: view('raw', 'first') },
    { filename: 'two.pipe', content: view('first', 'second') },
  ]);
  expect(problems).toEqual([]);
  const views = findViews(project, new Set());
  expect(filledWith('raw', views)).toEqual(['raw', 'first', 'second']);
  expect(filledWith('first', views)).toEqual(['first', 'second']);
  expect(filledWith('other', views)).toEqual(['other']);
});
