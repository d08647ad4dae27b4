const loopbackNames = ['localhost', '127.0.0.1', '[::1]'];
const loopbackHost = /^(?:localhost|127\.0\.0\.1|\[::1\])(?::\d{1,5})?$/i;

/** Whose pages may send requests. */
export interface AllowedPages {
  /** The server's port, once it listens. */
  port: number | undefined;
  /** Origins besides its own. */
  origins: readonly string[];
}

/**
 * Why a request must not be answered although it reached the loopback address: a page of another site can make a
 * browser send it, with its own name bound to 127.0.0.1 (DNS rebinding) or across origins; so can a page that another
 * program serves on another port of this machine. Undefined when it may.
 *
 * @param mayLink whether a link on any page may lead there, as to a page without data of its own
 */
export function refuseForeign(
  request: Request,
  { port, origins }: AllowedPages,
  mayLink = false,
): string | undefined {
  const host = request.headers.get('host') ?? new URL(request.url).host;
  if (!loopbackHost.test(host)) {
    return `Host "${host}" is not served: this server answers on localhost, 127.0.0.1 and [::1] only`;
  }
  const origin = request.headers.get('origin');
  if (origin !== null && origins.includes(origin)) return undefined;
  const own = port === undefined ? [] : loopbackNames.map((name) => `http://${name}:${port}`);
  if (origin !== null && !own.includes(origin)) return `Requests from the origin "${origin}" are not served`;
  if (mayLink && request.headers.get('sec-fetch-dest') === 'document') return undefined;
  const site = request.headers.get('sec-fetch-site');
  // Programs send none; browsers say "none" for what the user typed.
  if (site === null || site === 'same-origin' || site === 'none') return undefined;
  return `Requests from another origin are not served (Sec-Fetch-Site: ${site})`;
}
