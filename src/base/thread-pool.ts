/** The size of Node's thread pool, which Node reads once, at its start. */

/**
 * Threads of a process that runs queries: each query of the engine occupies one, and so does file access. An idle thread
 * costs next to nothing, and a query that the engine cannot stop keeps its thread beyond its time limit.
 */
const SERVER_THREADS = 64;

/** The environment variable for a process with that many. Node's default is 4. */
export const SERVER_ENVIRONMENT = { UV_THREADPOOL_SIZE: String(SERVER_THREADS) };

/** Whether this process has at least that many. */
export function hasServerThreads(): boolean {
  return Number(process.env.UV_THREADPOOL_SIZE ?? 0) >= SERVER_THREADS;
}
