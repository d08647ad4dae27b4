/** The size of Node's thread pool, which Node reads once, at its start. */

/** Threads of a process that runs queries: each query of the engine occupies one, and so does file access. */
const SERVER_THREADS = 16;

/** The environment variable for a process with that many. Node's default is 4. */
export const SERVER_ENVIRONMENT = { UV_THREADPOOL_SIZE: String(SERVER_THREADS) };

/** Whether this process has at least that many. */
export function hasServerThreads(): boolean {
  return Number(process.env.UV_THREADPOOL_SIZE ?? 0) >= SERVER_THREADS;
}
