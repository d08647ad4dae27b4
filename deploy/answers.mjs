/** Exits with 0 if each address answers with 2xx: `node answers.mjs URL…`, a health check of the stack. */
const failures = await Promise.all(
  process.argv.slice(2).map(async (url) => {
    try {
      const { ok, status } = await fetch(url, { signal: AbortSignal.timeout(4_000) });
      return ok ? undefined : `${url} answers ${status}`;
    } catch (error) {
      return `${url}: ${error.cause?.message ?? error.message}`;
    }
  }),
);
const told = failures.filter((failure) => failure !== undefined);
if (told.length > 0) console.error(told.join('\n'));
process.exitCode = told.length > 0 ? 1 : 0;
