/** Time limit for reading stdin, milliseconds; most clients close it at once. */
const LIMIT_MS = 1_000;

/** Size limit, bytes: reading more takes longer than that. A payload has some kilobytes. */
const LIMIT_BYTES = 16 * 1024 ** 2;

/**
 * The text on stdin, up to its end, up to the end of a JSON object, up to 16 MiB, or for one second.
 *
 * Uses a stream, because a blocking read of node:fs cannot be cancelled and would keep the process from ending.
 */
export function readStdin(): Promise<string> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const end = () => {
      clearTimeout(limit);
      process.stdin.destroy();
      resolve(Buffer.concat(chunks).toString('utf8'));
    };
    const limit = setTimeout(end, LIMIT_MS);
    process.stdin
      .on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        bytes += chunk.length;
        if (bytes > LIMIT_BYTES || isWhole(chunks)) end();
      })
      .on('end', end)
      .on('error', end);
  });
}

const CLOSING_BRACE = 0x7d;

function isWhole(chunks: readonly Buffer[]): boolean {
  // A line feed may follow the object.
  if (chunks.at(-1)?.subarray(-2).includes(CLOSING_BRACE) !== true) return false;
  try {
    JSON.parse(Buffer.concat(chunks).toString('utf8'));
    return true;
  } catch {
    return false;
  }
}
