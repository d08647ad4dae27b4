/** How long a file system may take to say what a file is, milliseconds: one over a network may never do so. */
const LIMIT_MS = 5_000;

/** Each look that is not answered holds one of the few threads that Node has for files. */
const MOST_UNANSWERED = 2;

let unanswered = 0;

/**
 * What a look at a file yields. Rejects where the file system does not answer, and at once when it was silent before.
 *
 * @param look begins to look
 */
export async function answered<T>(path: string, look: () => Promise<T>): Promise<T> {
  const silent = new Error(`${path}: the file system does not answer`);
  if (unanswered >= MOST_UNANSWERED) throw silent;
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      unanswered += 1;
      reject(silent);
    }, LIMIT_MS);
  });
  try {
    return await Promise.race([look(), limit]);
  } finally {
    clearTimeout(timer);
  }
}

/** Whether a look was not answered: then this process can only end by a signal, because it would wait for the look. */
export function isHeldUp(): boolean {
  return unanswered > 0;
}
