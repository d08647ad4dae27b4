/** Deploys the catalogue to a store. */
import { readFile } from 'node:fs/promises';
import * as z from 'zod/mini';
import { datafileForm } from '../../base/datafile-form.js';
import { CommandError } from './command-error.js';

/** The datafiles of the catalogue, written by the SDK's generator at build time. */
const datafiles = z.array(z.object({ filename: z.string(), content: z.string() }));

/**
 * Deploys the catalogue through the same endpoint as `npx tinybird deploy`.
 *
 * @param file the datafiles as the build wrote them, `dist/catalogue.json`
 */
export async function deployCatalogue(
  file: string,
  send: (request: Request) => Promise<Response>,
  token: string,
): Promise<void> {
  const form = datafileForm(await readCatalogue(file));
  const url = 'http://localhost/v1/deploy?auto_promote=true';
  const response = await send(
    new Request(url, { method: 'POST', body: form, headers: { authorization: `Bearer ${token}` } }),
  );
  const text = await response.text();
  if (!response.ok || !/"result":\s*"(?:success|no_changes)"/.test(text)) {
    throw new CommandError(`The store refused the catalogue: ${text.slice(0, 2_000)}`);
  }
}

/** The datafiles of this version. @throws {CommandError} */
export async function readCatalogue(file: string): Promise<z.infer<typeof datafiles>> {
  try {
    return datafiles.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch (error) {
    throw new CommandError(`${file} cannot be read; run npm run build`, { cause: error });
  }
}
