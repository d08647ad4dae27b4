import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { checkedProject, type CheckedProject } from '../../../src/local/index.js';
import { hashFiles } from '../../../src/local/workspace/checked-project.js';
import { openServer, temporaryFolder } from './server.js';

const files = {
  'visits.datasource': 'SCHEMA >\n    page String `json:$.page`\n\nENGINE MergeTree\n',
  'pages.pipe': 'NODE pages\nSQL >\n    SELECT page, length(page) AS size FROM visits\n\nTYPE endpoint\n',
};

/** Deploys the files to an empty server that is given a check; the columns of the pipe, and the server's own check. */
async function deployWith(checked: CheckedProject | undefined, sent: Record<string, string> = files) {
  await using folder = await temporaryFolder();
  await using server = await openServer(folder.path, { checked });
  const deployed = await server.deploy('/v1/deploy?auto_promote=true', sent);
  const { body } = await server.send('/v0/pipes/pages');
  await server.ingest('visits', [{ page: '/start' }]);
  return { deployed, body, checked: server.local.checked, rows: await server.call('pages') };
}

const columns = (type: string) => ({
  nodes: [{ columns: [{ name: 'page' }, { name: 'size', type }] }],
});

it('a project that was checked before by the same engine is deployed without another check', async () => {
  const first = await deployWith(undefined);
  expect(first.body).toMatchObject(columns('UInt64'));
  if (first.checked === undefined) throw new Error('nothing is deployed');
  expect(first.checked.columns).toEqual({
    'pages.pages': [
      { name: 'page', type: 'String' },
      { name: 'size', type: 'UInt64' },
    ],
  });
  // A type that the engine would never report shows where the columns come from.
  const marked: CheckedProject = {
    ...first.checked,
    columns: {
      'pages.pages': [
        { name: 'page', type: 'String' },
        { name: 'size', type: 'Float32' },
      ],
    },
  };
  const second = await deployWith(marked);
  expect(second.deployed.status).toBe(200);
  expect(second.body).toMatchObject(columns('Float32'));
  expect(second.rows).toEqual([{ page: '/start', size: 6 }]);
  const otherEngine = await deployWith({ ...marked, engine: '1.2.3' });
  expect(otherEngine.body).toMatchObject(columns('UInt64'));
  const otherFiles = await deployWith(marked, {
    ...files,
    'pages.pipe': files['pages.pipe'].replace('length(page)', 'length(page) + 1'),
  });
  expect(otherFiles.body).toMatchObject(columns('UInt64'));
});

it('the build has checked the catalogue that it ships', () => {
  const read = (name: string): unknown =>
    JSON.parse(readFileSync(fileURLToPath(new URL(`../../../dist/${name}`, import.meta.url)), 'utf8'));
  const checked = checkedProject.parse(read('checked.json'));
  expect(checked.files).toBe(hashFiles(read('catalogue.json') as Parameters<typeof hashFiles>[0]));
  expect(Object.keys(checked.columns).length).toBeGreaterThan(100);
});
