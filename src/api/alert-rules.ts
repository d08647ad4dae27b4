/** The routes that save and remove rules of alerts. They write, so they take JSON only, which no foreign form can send. */
import type { Context, Hono } from 'hono';
import * as z from 'zod/mini';
import {
  changedRule,
  inputOf,
  readRule,
  ruleInput,
  RuleError,
  type Rule,
  type SavedRule,
} from '../alerts/rule.js';
import type { RuleSaving } from '../alerts/rows.js';
import { savedRule } from '../alerts/sample.js';
import { isObject } from '../base/json/json.js';
import type { TinybirdClient } from '../store/client-types.js';
import { ApiError, badRequest, MethodError } from './error.js';

/** Puts a rule, or its removal, where a drain takes it from. */
export type SaveRule = (rule: Rule, saving: RuleSaving) => Promise<void>;

/** The answer to a saved rule: it is stored when a drain has delivered it. */
export const acceptedSchema = z
  .strictObject({ rule: ruleInput })
  .check(z.meta({ component: 'AcceptedRule' }));

/** The longest body, bytes. */
const LONGEST = 65_536;

/** Serves POST /v1/alerts, PATCH and DELETE /v1/alerts/NAME. */
export function serveRules(
  app: Hono,
  clientFor: (signal: AbortSignal) => Pick<TinybirdClient, 'alertList'>,
  save: SaveRule,
): void {
  const stored = async (c: Context): Promise<SavedRule> => {
    const name = c.req.param('rule') ?? '';
    const [row] = await clientFor(c.req.raw.signal).alertList.query({ rule: name });
    const rule = row === undefined ? undefined : savedRule(row);
    if (rule === undefined)
      throw new ApiError(404, 'not_found', `There is no rule ${JSON.stringify(name)}: see /v1/alerts`);
    return rule;
  };
  const accepted = async (c: Context, rule: Rule, saving: RuleSaving = {}) => {
    await save(rule, saving);
    return c.json({ rule: inputOf(rule) }, 202);
  };
  app.post('/v1/alerts', async (c) => {
    const given = await bodyOf(c);
    const rule = checked(() => readRule(given));
    const known = await clientFor(c.req.raw.signal).alertList.query({ rule: rule.rule });
    if (known.length > 0)
      throw badRequest(`there is a rule ${rule.rule} already: PATCH /v1/alerts/${rule.rule} changes it`);
    return accepted(c, rule);
  });
  app.patch('/v1/alerts/:rule', async (c) => {
    const changes = await bodyOf(c);
    const before = await stored(c);
    if ('rule' in changes && changes.rule !== before.rule)
      throw badRequest('the name of a rule cannot be changed: remove it and add another');
    return accepted(
      c,
      checked(() => changedRule(before, changes)),
      { after: before.version },
    );
  });
  app.delete('/v1/alerts/:rule', async (c) => {
    const before = await stored(c);
    return accepted(c, before, { isRemoved: true, after: before.version });
  });
  app.all('/v1/alerts', (c) => {
    throw new MethodError(c.req.method, c.req.path, ['GET', 'HEAD', 'POST']);
  });
  app.all('/v1/alerts/:rule', (c, next) => {
    if (c.req.param('rule') === 'history') return next();
    throw new MethodError(c.req.method, c.req.path, ['PATCH', 'DELETE']);
  });
}

const checked = <T>(make: () => T): T => {
  try {
    return make();
  } catch (error) {
    throw error instanceof RuleError ? badRequest(error.message) : error;
  }
};

/** The JSON object in a request. @throws {ApiError} */
async function bodyOf(c: Context): Promise<Record<string, unknown>> {
  const type = c.req.header('content-type') ?? '';
  if (!/^application\/json\s*(?:;|$)/i.test(type)) throw badRequest('the body must be application/json');
  const text = await textOf(c.req.raw);
  try {
    const body: unknown = JSON.parse(text);
    if (isObject(body)) return body;
  } catch {
    // Told below.
  }
  throw badRequest('the body must be a JSON object');
}

/** The body as text, of which no more is kept in memory than is allowed. @throws {ApiError} */
async function textOf({ body }: Request): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  const parts: AsyncIterable<Uint8Array> | readonly Uint8Array[] = body ?? [];
  for await (const chunk of parts) {
    length += chunk.byteLength;
    if (length > LONGEST) throw badRequest(`the body is longer than ${LONGEST} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
