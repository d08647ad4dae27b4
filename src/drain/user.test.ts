import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
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

it('a damaged key is replaced, and a user whose key cannot be kept is unknown', async () => {
  const file = join(tempFolder(), 'user-key');
  writeFileSync(file, 'half a ke');
  expect(await userOf(file)).toMatch(/^[0-9a-f]{12}$/);
  expect(readFileSync(file, 'utf8')).toMatch(/^[0-9a-f]{64}\n$/);
  const folder = join(tempFolder(), 'user-key');
  mkdirSync(folder);
  expect(await userOf(folder)).toBe('');
});
