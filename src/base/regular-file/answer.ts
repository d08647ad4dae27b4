/** Limits how long a call of the file system may take. */

/** Time limit of one call, milliseconds. */
/** How long a file system may take to say what a file is, milliseconds: one over a network may never do so. */
const LIMIT_MS = 5_000;

/** An unanswered call keeps one of Node's few file system threads busy, so only this many are risked. */
const MOST_UNANSWERED = 2;

let unanswered = 0;

/**
 * The result of a file system call. Rejects after the time limit, and at once if too many earlier calls never returned.
 *
 * @param look starts the call
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

/**
 * Whether a call never returned: then only a signal can end this process, because its normal exit waits for the call.
 */
export function isHeldUp(): boolean {
  return unanswered > 0;
}
