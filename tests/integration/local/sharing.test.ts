import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openServer, temporaryFolder, type TestServer } from './server.js';

interface Named {
  id: string;
  token: string;
}

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let server: TestServer;
/** Each has the table `events`; ws_owner shares it with ws_guest alone. */
let owner: Named;
let guest: Named;
let stranger: Named;

const events = (more = '', columns = '') => `SCHEMA >
    id UInt32 \`json:$.id\`${columns}
ENGINE_SORTING_KEY "id"
${more}`;
const shared = events('SHARED_WITH >\n    ws_guest,\n    ws_more');
const names = `SCHEMA >
    id UInt32 \`json:$.id\`,
    name String \`json:$.name\`
ENGINE "Join"
ENGINE_JOIN_STRICTNESS "ANY"
ENGINE_JOIN_TYPE "LEFT"
ENGINE_KEY_COLUMNS "id"
SHARED_WITH ws_guest`;
const ownerFiles = { 'events.datasource': shared, 'names.datasource': names, 'own.datasource': events() };
const pipe = (sql: string, tail = 'TYPE endpoint') => `NODE out\nSQL >\n    ${sql}\n${tail}`;
const guestFiles = {
  'events.datasource': events(),
  'copied.datasource': 'SCHEMA >\n    id UInt32\nENGINE_SORTING_KEY "id"',
  'both.pipe': pipe(
    "SELECT events.id AS id, joinGet('ws_owner.names', 'name', id) AS name FROM ws_owner.events ORDER BY id",
  ),
  'over.pipe': pipe('SELECT count() AS n FROM both WHERE id IN ws_owner.events'),
  'store.pipe': pipe('SELECT e.id AS id FROM ws_owner.events e', 'TYPE copy\nTARGET_DATASOURCE copied'),
};

async function create(name: string): Promise<Named> {
  const answer = await server.send('/v1/workspaces', { method: 'POST', body: new URLSearchParams({ name }) });
  return answer.body as Named;
}

async function build({ token }: Named, files: Record<string, string>) {
  const form = new FormData();
  for (const [name, content] of Object.entries(files))
    form.append('data_project://', new File([content], name, { type: 'text/plain' }));
  return server.send('/v1/build', { method: 'POST', body: form, token });
}

const send = ({ token }: Named, datasource: string, row: object) =>
  server.send(`/v0/events?name=${datasource}&wait=true`, {
    method: 'POST',
    token,
    body: JSON.stringify(row),
  });

const ask = (token: string, sql: string) => server.send('/v0/sql', { method: 'POST', token, body: sql });
const call = ({ token }: Named, name: string) => server.send(`/v0/pipes/${name}.json`, { token });
const notFound = (name: string) => ({ status: 400, body: { error: `Resource '${name}' not found` } });
const success = { status: 200, body: { result: 'success' } };

beforeAll(async () => {
  folder = await temporaryFolder();
  server = await openServer(folder.path);
  owner = await create('ws_owner');
  guest = await create('ws_guest');
  stranger = await create('ws_stranger');
  expect(await build(owner, ownerFiles)).toMatchObject(success);
  await send(owner, 'events', { id: 1 });
  await send(owner, 'events', { id: 2 });
  await send(owner, 'names', { id: 2, name: 'two' });
});

afterAll(async () => {
  await server.local.close();
  await folder[Symbol.asyncDispose]();
});

describe('SHARED_WITH', () => {
  it('pipes, copies and free queries of the other workspace read it as workspace.name', async () => {
    expect(await build(guest, guestFiles)).toMatchObject(success);
    expect(await build(guest, guestFiles)).toMatchObject({ body: { result: 'no_changes' } });
    await send(guest, 'events', { id: 77 });
    expect((await call(guest, 'both')).body).toMatchObject({
      data: [
        { id: 1, name: '' },
        { id: 2, name: 'two' },
      ],
    });
    expect((await call(guest, 'over')).body).toMatchObject({ data: [{ n: 2 }] });
    expect((await ask(guest.token, 'SELECT id FROM `ws_owner`.events ORDER BY id')).body).toMatchObject({
      data: [{ id: 1 }, { id: 2 }],
    });
    const copied = await server.send('/v0/pipes/store/copy', { method: 'POST', token: guest.token });
    expect(copied).toMatchObject({ status: 200 });
    expect((await ask(guest.token, 'SELECT count() AS n FROM copied')).body).toMatchObject({
      data: [{ n: 2 }],
    });
    expect((await server.send('/v0/datasources/events.datasource', { token: owner.token })).text).toBe(
      shared,
    );
  });

  it('what is not shared with a workspace is not found there', async () => {
    for (const name of ['ws_owner.own', 'ws_owner.events_quarantine', 'ws_guest.events', 'nobody.events']) {
      expect(await ask(guest.token, `SELECT * FROM ${name}`)).toMatchObject(notFound(name));
    }
    for (const { token } of [stranger, { token: 'local' }]) {
      expect(await ask(token, 'SELECT * FROM ws_owner.events')).toMatchObject(notFound('ws_owner.events'));
      expect(await ask(token, "SELECT joinGet('ws_owner.names', 'name', toUInt32(2))")).toMatchObject(
        notFound('ws_owner.names'),
      );
    }
    expect(await build(stranger, { 'a.pipe': pipe('SELECT * FROM ws_owner.events') })).toMatchObject({
      status: 400,
      body: { errors: [{ filename: 'a.pipe', error: "node out: Resource 'ws_owner.events' not found" }] },
    });
  });

  it('a materialized view cannot read it, as on Tinybird Cloud', async () => {
    const view = pipe('SELECT id FROM ws_owner.events', 'TYPE materialized\nDATASOURCE copied');
    expect(await build(guest, { ...guestFiles, 'view.pipe': view })).toMatchObject({
      status: 400,
      body: {
        errors: [
          {
            filename: 'view.pipe',
            error:
              'node out: a materialized pipe cannot read ws_owner.events, which another workspace shares',
          },
        ],
      },
    });
  });

  it('a token needs its scope, and a filter on it is refused', async () => {
    const token = async (scopes: object[]) => {
      const made = await server.send(`/v0/tokens/?expiration_time=${Math.ceil(Date.now() / 1000) + 600}`, {
        method: 'POST',
        token: guest.token,
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ name: 'jwt', scopes }),
      });
      return (made.body as { token: string }).token;
    };
    const read = 'SELECT count() AS n FROM ws_owner.events';
    const own = await token([{ type: 'DATASOURCES:READ', resource: 'events' }]);
    expect(await ask(own, read)).toMatchObject({ status: 403 });
    const filtered = await token([
      { type: 'DATASOURCES:READ', resource: 'ws_owner.events', filter: 'id = 1' },
    ]);
    expect(await ask(filtered, read)).toMatchObject({ status: 403 });
    const whole = await token([{ type: 'DATASOURCES:READ', resource: 'ws_owner.events' }]);
    expect((await ask(whole, read)).body).toMatchObject({ data: [{ n: 2 }] });
    const ofPipe = await token([{ type: 'PIPES:READ', resource: 'both' }]);
    expect((await call({ id: '', token: ofPipe }, 'both')).status).toBe(200);
  });

  it('it follows what its owner deploys, and ends with the share', async () => {
    const wider = events('SHARED_WITH "ws_guest"', ",\n    kind String `json:$.kind` DEFAULT 'k'");
    expect(await build(owner, { ...ownerFiles, 'events.datasource': wider })).toMatchObject(success);
    expect((await ask(guest.token, 'SELECT kind FROM ws_owner.events LIMIT 1')).body).toMatchObject({
      data: [{ kind: 'k' }],
    });
    const more = { ...guestFiles, 'kinds.pipe': pipe('SELECT DISTINCT kind FROM ws_owner.events') };
    expect(await build(guest, more)).toMatchObject(success);
    expect(await build(owner, { ...ownerFiles, 'events.datasource': events() })).toMatchObject(success);
    expect(await call(guest, 'both')).toMatchObject(notFound('ws_owner.events'));
    expect(await build(owner, ownerFiles)).toMatchObject(success);
    expect(await call(guest, 'both')).toMatchObject({ status: 200 });
  });

  it('it is there after a restart', async () => {
    await server.local.close();
    server = await openServer(folder.path);
    expect((await call(guest, 'both')).body).toMatchObject({ rows: 2 });
    expect(await build(guest, guestFiles)).toMatchObject({ status: 200 });
  });
});
