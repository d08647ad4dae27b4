import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Secrets } from './secrets.js';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'secrets-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('Secrets', () => {
  it('values are kept in a file that only its owner can read, until they are removed', async () => {
    const secrets = new Secrets(folder);
    await secrets.load();
    await secrets.set('salt', 'a');
    await secrets.set('salt', 'b');
    const { mode } = await stat(join(folder, 'secrets.json'));
    expect(mode & 0o777).toBe(0o600);
    const again = new Secrets(folder);
    await again.load();
    expect([...again.values]).toEqual([['salt', 'b']]);
    expect(await again.remove('salt')).toBe(true);
    expect(await again.remove('salt')).toBe(false);
    expect(await readdir(folder)).toEqual([]);
  });

  it('a name that a query could not use is refused', async () => {
    await expect(new Secrets(folder).set('a b', 'x')).rejects.toMatchObject({
      status: 400,
      message: expect.stringContaining('"a b" is not a valid name') as unknown,
    });
  });
});
