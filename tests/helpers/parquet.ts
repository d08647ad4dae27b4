import { fileURLToPath } from 'node:url';
import { parquetReadObjects } from 'hyparquet';
import { run } from './process.js';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Reads the rows of a Parquet file with the engine, in a separate process. */
export async function parquetRows(file: string): Promise<Record<string, unknown>[]> {
  const query = `SELECT * FROM file('${file}', Parquet) SETTINGS output_format_json_quote_64bit_integers = 0`;
  const program = `import { query } from 'chdb'; process.stdout.write(query(${JSON.stringify(query)}, 'JSONEachRow'));`;
  const { code, stdout, stderr } = await run(process.execPath, ['--input-type=module', '-e', program], {
    env: { PATH: process.env.PATH ?? '' },
    cwd: root,
  });
  if (code !== 0) throw new Error(stderr);
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

/** Reads the rows of a Parquet file in memory with an independent reader; 64-bit integers become numbers. */
export async function readParquet(file: Uint8Array): Promise<Record<string, unknown>[]> {
  const rows = await parquetReadObjects({ file: new Uint8Array(file).buffer });
  return rows.map((row) =>
    Object.fromEntries(
      Object.entries(row).map(([name, value]: [string, unknown]) => [
        name,
        typeof value === 'bigint' ? Number(value) : value,
      ]),
    ),
  );
}
