/**
 * Ends this process after so many milliseconds, whatever it is doing. Only SIGKILL does: a statement of the engine
 * that runs on holds up every other end. What was acknowledged is on disk by then.
 */
export function endWithin(ms: number): void {
  setTimeout(() => process.kill(process.pid, 'SIGKILL'), ms).unref();
}
