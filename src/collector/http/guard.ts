const loopback = /^(?:localhost|127\.0\.0\.1|\[::1\])(?::\d{1,5})?$/i;

/**
 * Why a request must be refused although it reached the loopback address: a page of another site can make a browser
 * send it, with its own name bound to 127.0.0.1 (DNS rebinding) or across origins.
 */
export function refusal(headers: Headers): string | undefined {
  const host = headers.get('host') ?? '';
  if (!loopback.test(host)) return `Host "${host}" is not served: only localhost, 127.0.0.1 and [::1] are`;
  const origin = headers.get('origin');
  if (origin !== null && !loopback.test(origin.replace(/^https?:\/\//i, '')))
    return `Requests from the origin "${origin}" are not served`;
  return headers.get('sec-fetch-site') === 'cross-site'
    ? 'Requests from another site are not served'
    : undefined;
}
