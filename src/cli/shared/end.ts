/**
 * Kills this process after that many milliseconds, whatever it is doing. Only SIGKILL works while a long statement of
 * the engine is running. Acknowledged data is already on disk.
 */
export function endWithin(ms: number): void {
  setTimeout(() => process.kill(process.pid, 'SIGKILL'), ms).unref();
}
