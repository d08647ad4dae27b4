import { describe, expect, it } from 'vitest';
import { refuseForeign } from './guard.js';

const pages = { port: 7181, origins: ['http://localhost:3100'] };
const ask = (headers: Record<string, string>, allowed: Parameters<typeof refuseForeign>[1] = pages) =>
  refuseForeign(new Request('http://localhost:7181/v0/sql', { headers }), allowed);

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

  it.each([
    { origin: 'http://localhost:3000' },
    { origin: 'https://localhost:7181' },
    { origin: 'http://localhost' },
    { origin: 'http://localhost:71810' },
    { origin: 'null' },
    { 'sec-fetch-site': 'same-site' },
    { 'sec-fetch-site': 'cross-site' },
    { origin: 'http://localhost:7181', 'sec-fetch-site': 'cross-site' },
    { host: 'evil.example:7181', origin: 'http://localhost:3100' },
  ])('a request with the headers %j is refused', (headers) => {
    expect(ask(headers)).toBeTypeOf('string');
  });

  it('a page may be opened by a link from anywhere, but not fetched by other programs', () => {
    const from = (headers: Record<string, string>) =>
      refuseForeign(new Request('http://localhost:7181/', { headers }), pages, true);
    expect(from({ 'sec-fetch-site': 'cross-site', 'sec-fetch-dest': 'document' })).toBeUndefined();
    for (const dest of ['empty', 'iframe', 'script'])
      expect(from({ 'sec-fetch-site': 'cross-site', 'sec-fetch-dest': dest })).toBeTypeOf('string');
    const rebound = { 'sec-fetch-site': 'cross-site', 'sec-fetch-dest': 'document', host: 'evil.example' };
    expect(from(rebound)).toBeTypeOf('string');
    expect(ask({ 'sec-fetch-site': 'cross-site', 'sec-fetch-dest': 'document' })).toBeTypeOf('string');
  });

  it('a server that does not listen yet has no origin of its own', () => {
    const before = { port: undefined, origins: [] };
    expect(ask({ origin: 'http://localhost:7181' }, before)).toBeTypeOf('string');
    expect(ask({}, before)).toBeUndefined();
  });
});
