/** The token that a request was sent with. */

/** The token of the header or else of the query string; empty if there is none. */
export function tokenIn(request: Request): string {
  const [, bearer] = /^Bearer\s+(\S+)\s*$/i.exec(request.headers.get('authorization') ?? '') ?? [];
  return bearer ?? new URL(request.url).searchParams.get('token') ?? '';
}
