import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import * as z from 'zod/mini';
import { tempFolder } from '../../tests/helpers/temp.js';
import { readJsonFile, writeFileSafely } from './files.js';

const schema = z.object({ a: z.number() });

it('a damaged JSON file is an error that names the file', async () => {
  const file = join(tempFolder(), 'state.json');
  writeFileSync(file, '{"deployments":[');
  await expect(readJsonFile(file, schema)).rejects.toThrow(`${file} is damaged: `);
  writeFileSync(file, '{"a":"1"}');
  await expect(readJsonFile(file, schema)).rejects.toThrow(`${file} is damaged: ✖ Invalid input`);
});

it('a JSON file is read as it was written, and a missing one is undefined', async () => {
  const file = join(tempFolder(), 'state.json');
  await expect(readJsonFile(file, schema)).resolves.toBeUndefined();
  await writeFileSafely(file, '{"a":1}');
  await expect(readJsonFile(file, schema)).resolves.toEqual({ a: 1 });
});
