import { mkdirSync, readFileSync, readlinkSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { tempFolder } from '../../tests/helpers/temp.js';
import { userOf } from './user.js';

it("a user's id is made once, from a key that only its owner can read", async () => {
  const file = join(tempFolder(), 'user-key');
  const user = await userOf(file);
  expect(user).toMatch(/^[0-9a-f]{12}$/);
  expect(await userOf(file)).toBe(user);
  expect(readFileSync(file, 'utf8')).not.toContain(user);
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

it('two machines with the same key have the same user, others another one', async () => {
  const [desk, lap, bench] = ['desk', 'lap', 'bench'].map(() => join(tempFolder(), 'user-key'));
  const user = await userOf(desk!);
  writeFileSync(lap!, readFileSync(desk!));
  expect(await userOf(lap!)).toBe(user);
  expect(await userOf(bench!)).not.toBe(user);
});

it('the id is the hash of the key that RFC 4231 describes', async () => {
  const file = join(tempFolder(), 'user-key');
  writeFileSync(file, `${'00'.repeat(32)}\n`);
  // printf user | openssl dgst -sha256 -mac HMAC -macopt hexkey:00…00
  expect(await userOf(file)).toBe('5544e527c72a');
});

it('a key in capital letters or with other rights is the same key, and gets the rights of its owner alone', async () => {
  const file = join(tempFolder(), 'user-key');
  writeFileSync(file, 'AB'.repeat(32), { mode: 0o644 });
  const user = await userOf(file);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  writeFileSync(file, `${'ab'.repeat(32)}\n`);
  expect(await userOf(file)).toBe(user);
});

it('a damaged key, a folder and a link to nothing stay, and the user is unknown', async () => {
  const file = join(tempFolder(), 'user-key');
  writeFileSync(file, 'half a ke');
  expect(await userOf(file)).toBe('');
  expect(readFileSync(file, 'utf8')).toBe('half a ke');
  const folder = join(tempFolder(), 'user-key');
  mkdirSync(folder);
  expect(await userOf(folder)).toBe('');
  const dangling = join(tempFolder(), 'user-key');
  symlinkSync('/nonexistent/user-key', dangling);
  expect(await userOf(dangling)).toBe('');
  expect(readlinkSync(dangling)).toBe('/nonexistent/user-key');
});

it('of several processes that make the key at once, all have the same user', async () => {
  const file = join(tempFolder(), 'user-key');
  const users = await Promise.all(Array.from({ length: 8 }, () => userOf(file)));
  expect(new Set(users).size).toBe(1);
});
