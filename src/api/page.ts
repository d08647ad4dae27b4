/** Serves the files of the page. */
import { readdirSync, readFileSync } from 'node:fs';
import { extname, join, sep } from 'node:path';
import type { Hono } from 'hono';
import { MethodError } from './error.js';

const types: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** The page may only contact its own server and only run its own files. */
const security = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
};

/**
 * Serves the built page: its files, and `index.html` for every other path of a page, since the page has its own
 * router.
 *
 * @param folder the build's output folder, `dist/dashboard`
 */
export function servePage(app: Hono, folder: string): void {
  // All files are read at the start: a request cannot name a path on disk, and a later build does not mix its files
  // with these.
  const files = new Map(
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .map((file) => [
        file.slice(folder.length).split(sep).join('/'),
        { name: file, bytes: new Uint8Array(readFileSync(file)) },
      ]),
  );
  app.all('*', (c, next) => {
    const { path } = c.req;
    const file = files.get(path) ?? (isPage(path) ? files.get('/index.html') : undefined);
    if (file === undefined) return next();
    if (!['GET', 'HEAD'].includes(c.req.method)) throw new MethodError(c.req.method, path);
    // The names of files below assets/ change with their content.
    const lasts = path.startsWith('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache';
    return c.body(file.bytes, 200, {
      ...security,
      'cache-control': lasts,
      'content-type': types[extname(file.name)] ?? 'application/octet-stream',
    });
  });
}

/** Whether the page's own router handles this path. */
export function isPage(path: string): boolean {
  // The id of a session may have a dot, the path of a file has one.
  return (
    path.startsWith('/sessions/') ||
    (!/^\/(?:v1|api|assets|health|metrics)(?:\/|$)/.test(path) && !path.includes('.'))
  );
}
