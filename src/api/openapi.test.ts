import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { meanings } from './meanings.js';
import { openApi } from './openapi.js';

const document = openApi('1.2.3');

/** Every value of a key, at any depth. */
function all(key: string, within: unknown): unknown[] {
  if (typeof within !== 'object' || within === null) return [];
  return Object.entries(within as Record<string, unknown>).flatMap(([name, value]) => [
    ...(name === key ? [value] : []),
    ...all(key, value),
  ]);
}

interface Operation {
  operationId: string;
  tags: string[];
  responses: object;
  parameters?: unknown;
}
const isOperation = (one: unknown): one is Operation =>
  typeof one === 'object' && one !== null && 'operationId' in one;
const operations = Object.values(document.paths).flatMap((path) =>
  Object.values<unknown>(path).filter(isOperation),
);

const reportSchema = z.object({ problems: z.array(z.object({ ruleId: z.string() })) });

/** The rules that a document breaks, in the set that redocly recommends. */
function lint(one: object): string[] {
  const folder = mkdtempSync(join(tmpdir(), 'atel-openapi-'));
  try {
    writeFileSync(join(folder, 'openapi.json'), JSON.stringify(one));
    const redocly = dirname(createRequire(import.meta.url).resolve('@redocly/cli/package.json'));
    const { stdout } = spawnSync(
      process.execPath,
      [join(redocly, 'bin/cli.js'), 'lint', '--format=json', 'openapi.json'],
      { cwd: folder, encoding: 'utf8', env: { ...process.env, REDOCLY_TELEMETRY: 'off' } },
    );
    return reportSchema.parse(JSON.parse(stdout)).problems.map(({ ruleId }) => ruleId);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe('the OpenAPI description', () => {
  it('every reference leads to a component, and every component is referred to', () => {
    const referred = new Set(all('$ref', document));
    expect(referred.size).toBeGreaterThan(5);
    const known = Object.keys(document.components.schemas).map((name) => `#/components/schemas/${name}`);
    expect([...referred].sort()).toEqual(known.sort());
  });

  it('every operation has a name of its own, a tag that is described, and answers for what may fail', () => {
    const names = operations.map(({ operationId }) => operationId);
    expect(new Set(names).size).toBe(names.length);
    const tags = document.tags.map(({ name }) => name);
    for (const { operationId, tags: used, responses } of operations) {
      for (const tag of used) expect(tags).toContain(tag);
      const expected = used.includes('figures')
        ? ['400', '403', '405', '500', '502', '503', '504']
        : ['200', '400', '403', '405', '500'];
      expect(Object.keys(responses), operationId).toEqual(expect.arrayContaining(expected));
    }
  });

  it('what applies by default is described', () => {
    const trend = operations.find(({ operationId }) => operationId === 'trend');
    const parameters = trend?.parameters ?? [];
    expect(parameters).toContainEqual(
      expect.objectContaining({
        name: 'days',
        schema: { type: 'integer', minimum: 1, maximum: 36_500, default: 7 },
      }),
    );
    expect(parameters).toContainEqual(
      expect.objectContaining({
        name: 'period',
        schema: expect.objectContaining({ default: 'daily' }) as unknown,
      }),
    );
  });

  it('every property of every answer says what it means, and no meaning is for a property that does not exist', () => {
    const properties = all('properties', document).flatMap((some) =>
      Object.entries(some as Record<string, { description?: string }>),
    );
    expect(properties.length).toBeGreaterThan(300);
    const undescribed = properties.filter(([, { description = '' }]) => description === '');
    expect(undescribed.map(([name]) => name)).toEqual([]);
    const names = new Set(properties.map(([name]) => name));
    expect(Object.keys(meanings).filter((name) => !names.has(name))).toEqual([]);
  });

  it('redocly lint finds nothing in it, and something in one without servers', () => {
    const { servers: _, ...unserved } = document;
    expect(lint(document)).toEqual([]);
    expect(lint(unserved)).toEqual(['no-empty-servers']);
  }, 60_000);

  it('no key of our own is left that OpenAPI does not have', () => {
    expect([...all('pipe', document), ...all('component', document)]).toEqual([]);
  });
});
