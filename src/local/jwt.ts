/** The JSON Web Tokens of a workspace (RFC 7519, HS256): made, recognised and checked. */
import { createHmac, timingSafeEqual } from 'node:crypto';
import * as z from 'zod/mini';
import { parseObject } from '../base/json/json.js';
import { ApiError } from './errors.js';

/** What a JWT allows. `fixed_params` override the parameters of a request, `filter` is a condition on the rows. */
const jwtScope = z.object({
  type: z.enum(['PIPES:READ', 'DATASOURCES:READ', 'DATASOURCES:APPEND']),
  resource: z.string().check(z.minLength(1)),
  fixed_params: z.optional(
    z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.array(z.unknown())])),
  ),
  filter: z.optional(z.string()),
});

/** What a client asks for, besides the time of expiry. */
export const jwtRequest = z.object({
  name: z.string().check(z.minLength(1)),
  scopes: z.array(jwtScope).check(z.minLength(1)),
  /** Requests per second. */
  limits: z.optional(z.object({ rps: z.optional(z.number().check(z.int(), z.positive())) })),
});

const jwtPayload = z.extend(jwtRequest, {
  workspace_id: z.string(),
  /** Seconds since 1970. */
  exp: z.number(),
});

export type JwtScope = z.infer<typeof jwtScope>;
export type JwtPayload = z.infer<typeof jwtPayload>;

const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
const decode = (part: string) => parseObject(Buffer.from(part, 'base64url').toString('utf8'));
const signatureOf = (signed: string, secret: string) => createHmac('sha256', secret).update(signed).digest();

/** A JWT, signed with the administrator token of its workspace. */
export function signJwt(payload: JwtPayload, secret: string): string {
  const signed = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode(payload)}`;
  return `${signed}.${signatureOf(signed, secret).toString('base64url')}`;
}

/** Whether a token has the form of a JWT: three parts, of which the first says how it is signed. */
export function isJwt(token: string): boolean {
  const [header = '', ...rest] = token.split('.');
  return rest.length === 2 && typeof decode(header)?.alg === 'string';
}

/** The workspace that a JWT says it is of, unchecked. */
export function claimedWorkspace(token: string): unknown {
  return decode(token.split('.')[1] ?? '')?.workspace_id;
}

/**
 * The checked content of a JWT.
 *
 * @param now seconds since 1970
 * @throws {ApiError} 403 if it was not signed with the secret, is of another workspace, or has expired
 */
export function readJwt(token: string, workspaceId: string, secret: string, now: number): JwtPayload {
  const [header = '', body = '', signature = ''] = token.split('.');
  const given = Buffer.from(signature, 'base64url');
  const expected = signatureOf(`${header}.${body}`, secret);
  const isSigned = given.length === expected.length && timingSafeEqual(given, expected);
  if (decode(header)?.alg !== 'HS256' || !isSigned) {
    throw new ApiError(403, 'Invalid token: the JWT is not signed (HS256) with this workspace’s admin token');
  }
  const payload = jwtPayload.safeParse(decode(body));
  if (!payload.success) {
    throw new ApiError(403, `Invalid token: the JWT's content is wrong: ${z.prettifyError(payload.error)}`);
  }
  if (payload.data.workspace_id !== workspaceId) {
    throw new ApiError(
      403,
      `Invalid token: the JWT is of the workspace "${payload.data.workspace_id}", not of this one`,
    );
  }
  if (payload.data.exp <= now) throw new ApiError(403, 'Invalid token: the JWT has expired');
  return payload.data;
}
