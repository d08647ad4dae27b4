import { expect, it } from 'vitest';
import { parseProject } from './project.js';

const file = (sql: string) => ({ filename: 'one.pipe', content: `NODE n\nSQL >\n    %\n    ${sql}\n` });

it('a template that cannot be parsed is reported with its file and node', () => {
  const { problems } = parseProject([file('SELECT {{ String(a }}')]);
  expect(problems).toEqual([{ filename: 'one.pipe', error: expect.stringMatching(/^node n: /) as string }]);
});

it('the templates of deployed files are parsed when they are needed, and an error names the node then', () => {
  const { project, problems } = parseProject([file('SELECT {{ String(a }}')], { areDeployed: true });
  expect(problems).toEqual([]);
  expect(() => project.pipes.get('one')?.templates).toThrow(/^node n: /);
});

it('a pipe has the parameters of all its nodes, whether its files are deployed or not', () => {
  const files = [
    file('SELECT {{ String(a) }}, {{ Int32(b, 1) }}\n\nNODE m\nSQL >\n    % SELECT {{ String(a) }}'),
  ];
  for (const areDeployed of [true, false]) {
    const pipe = parseProject(files, { areDeployed }).project.pipes.get('one');
    expect(pipe?.parameters.map(({ name }) => name)).toEqual(['a', 'b']);
  }
});
