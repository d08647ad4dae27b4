import { describe, expect, it } from 'vitest';
import { refuseForeign } from './guard.js';

const pages = { port: 7181, origins: ['http://localhost:3100'] };
const ask = (headers: Record<string, string>, allowed: Parameters<typeof refuseForeign>[1] = pages) =>
  refuseForeign(new Request('http://localhost:7181/v0/sql', { headers }), allowed);

/** The three reasons for a refusal. */
const byOrigin = (origin: string) => `Requests from the origin "${origin}" are not served`;
const bySite = (site: string) => `Requests from another origin are not served (Sec-Fetch-Site: ${site})`;
const byHost = (host: string) =>
  `Host "${host}" is not served: this server answers on localhost, 127.0.0.1 and [::1] only`;

describe('refuseForeign', () => {
  it.each([
    {},
    { origin: 'http://localhost:7181' },
    { origin: 'http://127.0.0.1:7181', 'sec-fetch-site': 'same-origin' },
    { origin: 'http://[::1]:7181' },
    { 'sec-fetch-site': 'none' },
    { origin: 'http://localhost:3100', 'sec-fetch-site': 'same-site' },
  ])('a request with the headers %j is answered', (headers) => {
    expect(ask(headers)).toBeUndefined();
  });

  it.each<[Record<string, string>, reason: string]>([
    [{ origin: 'http://localhost:3000' }, byOrigin('http://localhost:3000')],
    [{ origin: 'https://localhost:7181' }, byOrigin('https://localhost:7181')],
    [{ origin: 'http://localhost' }, byOrigin('http://localhost')],
    [{ origin: 'http://localhost:71810' }, byOrigin('http://localhost:71810')],
    [{ origin: 'null' }, byOrigin('null')],
    [{ 'sec-fetch-site': 'same-site' }, bySite('same-site')],
    [{ 'sec-fetch-site': 'cross-site' }, bySite('cross-site')],
    [{ origin: 'http://localhost:7181', 'sec-fetch-site': 'cross-site' }, bySite('cross-site')],
    [{ host: 'evil.example:7181', origin: 'http://localhost:3100' }, byHost('evil.example:7181')],
  ])('a request with the headers %j is refused, and the answer is "%s"', (headers, reason) => {
    expect(ask(headers)).toBe(reason);
  });

  it('a page may be opened by a link from anywhere, but not fetched by other programs', () => {
    const from = (headers: Record<string, string>) =>
      refuseForeign(new Request('http://localhost:7181/', { headers }), pages, true);
    expect(from({ 'sec-fetch-site': 'cross-site', 'sec-fetch-dest': 'document' })).toBeUndefined();
    for (const dest of ['empty', 'iframe', 'script'])
      expect(from({ 'sec-fetch-site': 'cross-site', 'sec-fetch-dest': dest })).toBe(bySite('cross-site'));
    const rebound = { 'sec-fetch-site': 'cross-site', 'sec-fetch-dest': 'document', host: 'evil.example' };
    expect(from(rebound)).toBe(byHost('evil.example'));
    expect(ask({ 'sec-fetch-site': 'cross-site', 'sec-fetch-dest': 'document' })).toBe(bySite('cross-site'));
  });

  it('a server that does not listen yet has no origin of its own', () => {
    const before = { port: undefined, origins: [] };
    expect(ask({ origin: 'http://localhost:7181' }, before)).toBe(byOrigin('http://localhost:7181'));
    expect(ask({}, before)).toBeUndefined();
  });
});
