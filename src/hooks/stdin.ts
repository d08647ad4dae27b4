import { read } from 'node:fs';

/**
 * All of stdin, without the streams that `process.stdin` would load.
 *
 * @param limitMs rejects where stdin is not closed by then, milliseconds; without it there is no limit
 */
export function readStdin(limitMs?: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const chunk = Buffer.alloc(65_536);
    const limit =
      limitMs === undefined ? undefined : setTimeout(() => reject(new Error('stdin is not closed')), limitMs);
    const next = () => {
      read(0, chunk, 0, chunk.length, null, (error, length) => {
        if (error?.code === 'EAGAIN') return void setTimeout(next, 1);
        if (error !== null && error.code !== 'EOF') {
          reject(error);
          return;
        }
        if (error === null && length > 0) {
          chunks.push(Buffer.from(chunk.subarray(0, length)));
          next();
          return;
        }
        clearTimeout(limit);
        resolve(Buffer.concat(chunks).toString('utf8'));
      });
    };
    next();
  });
}
