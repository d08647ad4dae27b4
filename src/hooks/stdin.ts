/** How long a client may leave stdin open, milliseconds: most close it at once. */
const LIMIT_MS = 1_000;

/**
 * The JSON object on stdin: all that comes until stdin is closed, a whole object has come, or a second is over.
 *
 * By a stream: a read of node:fs that waits cannot be called off, and keeps the process from ending.
 */
export function readStdin(): Promise<string> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    const end = () => {
      clearTimeout(limit);
      process.stdin.destroy();
      resolve(Buffer.concat(chunks).toString('utf8'));
    };
    const limit = setTimeout(end, LIMIT_MS);
    process.stdin
      .on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        if (isWhole(chunks)) end();
      })
      .on('end', end)
      .on('error', end);
  });
}

const CLOSING_BRACE = 0x7d;

function isWhole(chunks: readonly Buffer[]): boolean {
  // A line feed may follow.
  if (chunks.at(-1)?.subarray(-2).includes(CLOSING_BRACE) !== true) return false;
  try {
    JSON.parse(Buffer.concat(chunks).toString('utf8'));
    return true;
  } catch {
    return false;
  }
}
