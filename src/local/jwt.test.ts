import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { isJwt, readJwt, signJwt, type JwtPayload } from './jwt.js';

const payload: JwtPayload = {
  workspace_id: 'w',
  name: 'page',
  exp: 2_000,
  scopes: [{ type: 'PIPES:READ', resource: 'top', fixed_params: { tenant: 'a' } }],
  limits: { rps: 5 },
};

const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

describe('a JWT of a workspace', () => {
  it('a JWT is read back as it was made', () => {
    expect(readJwt(signJwt(payload, 'secret'), 'w', 'secret', 1_999)).toEqual(payload);
  });

  it('the signature is the HS256 of RFC 7515, so any library can make one with the admin token', () => {
    const signed = `${part({ typ: 'JWT', alg: 'HS256' })}.${part(payload)}`;
    const signature = createHmac('sha256', 'secret').update(signed).digest('base64url');
    expect(readJwt(`${signed}.${signature}`, 'w', 'secret', 0)).toEqual(payload);
  });

  it.each([
    ['another secret', signJwt(payload, 'other'), 'not signed'],
    ['no signature', `${part({ alg: 'none' })}.${part(payload)}.`, 'not signed'],
    [
      'a changed content',
      signJwt(payload, 'secret').replace(/\.[^.]+\./, `.${part({ ...payload, exp: 9_999 })}.`),
      'not signed',
    ],
    ['another workspace', signJwt({ ...payload, workspace_id: 'x' }, 'secret'), 'workspace "x"'],
    ['an expiry that has passed', signJwt({ ...payload, exp: 1_000 }, 'secret'), 'has expired'],
    ['no scopes', signJwt({ ...payload, scopes: [] }, 'secret'), 'content is wrong'],
  ])('a JWT with %s is refused', (_, token, reason) => {
    expect(() => readJwt(token, 'w', 'secret', 1_000)).toThrow(reason);
  });

  it('only a token of three parts with an algorithm counts as a JWT', () => {
    expect(isJwt(signJwt(payload, 'secret'))).toBe(true);
    expect(isJwt('local')).toBe(false);
    expect(isJwt('p.eyJ1IjogIjEifQ.signature')).toBe(false);
    expect(isJwt('a.b.c')).toBe(false);
  });
});
