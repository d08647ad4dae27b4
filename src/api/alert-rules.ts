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
import { savedRule } from '../alerts/sample.js';
import { isObject } from '../base/json/json.js';
import type { TinybirdClient } from '../store/client-types.js';
import { ApiError, badRequest, MethodError } from './error.js';
import type { RuleBook } from './rule-book.js';

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
  book: RuleBook,
): void {
  /** The rule of that name that the store shows. */
  const storedRule = async (c: Context, rule: string) => {
    const [row] = await clientFor(c.req.raw.signal).alertList.query({ rule });
    return { isTaken: row !== undefined, stored: row === undefined ? undefined : savedRule(row) };
  };
  const accepted = async (c: Context, rule: Rule, stored: SavedRule | undefined, isRemoved = false) => {
    await book.put(rule, stored, isRemoved);
    return c.json({ rule: inputOf(rule) }, 202);
  };
  /** Changes the rule that the path names, after the changes before. */
  const change = (c: Context, how: (rule: Rule) => Rule, isRemoved = false) =>
    book.inTurn(async () => {
      const name = c.req.param('rule') ?? '';
      const { stored } = await storedRule(c, name);
      const rule = book.newest(name, stored);
      if (rule === undefined)
        throw new ApiError(404, 'not_found', `There is no rule ${JSON.stringify(name)}: see /v1/alerts`);
      return accepted(c, how(rule), stored, isRemoved);
    });
  app.post('/v1/alerts', async (c) => {
    const given = await bodyOf(c);
    const rule = checked(() => readRule(given));
    return book.inTurn(async () => {
      const { isTaken, stored } = await storedRule(c, rule.rule);
      // The store may have a rule that this version of atel cannot read.
      const isUnreadable = isTaken && stored === undefined;
      if (isUnreadable || book.newest(rule.rule, stored) !== undefined)
        throw new ApiError(
          409,
          'conflict',
          `there is a rule ${rule.rule} already: PATCH /v1/alerts/${rule.rule} changes it`,
        );
      return accepted(c, rule, stored);
    });
  });
  app.patch('/v1/alerts/:rule', async (c) => {
    const changes = await bodyOf(c);
    return change(c, (before) => {
      if ('rule' in changes && changes.rule !== before.rule)
        throw badRequest('the name of a rule cannot be changed: remove it and add another');
      return checked(() => changedRule(before, changes));
    });
  });
  app.delete('/v1/alerts/:rule', (c) => change(c, (rule) => rule, true));
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
