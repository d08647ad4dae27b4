/** Reads the option for an OTLP endpoint. */
import { UsageError } from './options.js';

/**
 * The address for spans, from `--otel-endpoint`. The code that checks addresses is loaded only if needed. @throws
 * {UsageError}
 */
export async function readEndpoint(endpoint: string): Promise<string> {
  const { tracesUrl } = await import('../../traces/otlp-http.js');
  const url = tracesUrl(endpoint);
  if (url === undefined)
    throw new UsageError(`--otel-endpoint takes an address such as http://localhost:4318, not "${endpoint}"`);
  return url;
}
