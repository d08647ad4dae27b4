import { parquetReadObjects } from 'hyparquet';

/** The rows of a Parquet file, as a reader that is not ours finds them; whole numbers of 64 bits as numbers. */
export async function parquetRows(file: Uint8Array<ArrayBuffer>): Promise<Record<string, unknown>[]> {
  const { buffer, byteOffset, length } = file;
  const rows = await parquetReadObjects({ file: buffer.slice(byteOffset, byteOffset + length) });
  return rows.map((row) =>
    Object.fromEntries(
      Object.entries(row).map(([name, value]: [string, unknown]) => [
        name,
        typeof value === 'bigint' ? Number(value) : value,
      ]),
    ),
  );
}
