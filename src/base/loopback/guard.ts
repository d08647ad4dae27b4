/** Decides which requests to a loopback listener are answered, against DNS rebinding and foreign pages. */
const loopbackNames = ['localhost', '127.0.0.1', '[::1]'];
/** Whether a hostname, as URL has it, is this machine's loopback. */
export const isLoopbackName = (hostname: string): boolean => loopbackNames.includes(hostname);

const loopbackHost = /^(?:localhost|127\.0\.0\.1|\[::1\])(?::\d{1,5})?$/i;

/** The pages that may send requests. */
export interface AllowedPages {
  /** The server's own port; undefined until it listens. */
  port: number | undefined;
  /** Other allowed origins. */
  origins: readonly string[];
}

/**
 * Why a request must be refused although it reached the loopback address; undefined if it may be answered. A page of
 * another site can make a browser send requests here, with its own name bound to 127.0.0.1 (DNS rebinding) or across
 * origins; so can a page that another program serves on another port.
 *
 * @param mayLink whether a link on any page may lead here: for a page that contains no data itself
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
  // Programs send no such header; browsers send `none` for an address that the user typed.
  if (site === null || site === 'same-origin' || site === 'none') return undefined;
  return `Requests from another origin are not served (Sec-Fetch-Site: ${site})`;
}
