import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import * as routes from '../../src/api/routes/index.js';
import { schemas } from '../../src/schemas.js';
import { ourHooks } from '../../src/cli/install/hook-settings.js';
import { homePaths } from '../../src/base/home.js';
import { aboutSettings } from '../../src/base/about-settings.js';
import { settingNames, settings, variableOf } from '../../src/base/settings.js';
import { foreignAttributes } from '../../src/signals/privacy/foreign-attributes.js';
import * as tables from '../../src/datasources/index.js';
import * as pipes from '../../src/pipes/index.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const pages = [
  'README.md',
  'AGENTS.md',
  'CONTRIBUTING.md',
  'examples/README.md',
  ...['.docs', 'docs'].flatMap((folder) =>
    readdirSync(join(root, folder))
      .filter((name) => name.endsWith('.md'))
      .map((name) => `${folder}/${name}`),
  ),
];
const read = (page: string) => readFileSync(join(root, page), 'utf8');
const agents = read('.docs/AGENTS.md');

/** The part of a page under a heading that names `what`, up to the next heading of the same or a higher level. */
function section(page: string, what: string): string {
  const heading = new RegExp(`^(#+) .*\\b${what}\\b.*$`, 'm').exec(page);
  if (heading === null) return '';
  const rest = page.slice(heading.index + heading[0].length);
  const end = new RegExp(`^#{1,${heading[1]!.length}} `, 'm').exec(rest);
  return rest.slice(0, end?.index);
}

const questions = pipes;
const { otelLogs, otelMetricsGauge, otelMetricsHistogram, otelMetricsSum, otelTraces, ...ownTables } = tables;

describe('AGENTS.md', () => {
  it.each(Object.values(ownTables).map((table) => [table._name, Object.keys(table._schema)] as const))(
    'AGENTS.md explains %s and each of its columns',
    (name, columns) => {
      const text = section(agents, name) + section(agents, 'Tables');
      for (const column of columns) expect(text, column).toContain(`\`${column}\``);
    },
  );

  it.each(Object.values(questions).map((pipe) => [pipe._name, Object.keys(pipe._output ?? {})] as const))(
    'AGENTS.md explains %s and each of its outputs',
    (name, outputs) => {
      const text = section(agents, name);
      expect(text, `no section on ${name}`).not.toBe('');
      const shared = section(agents, 'agent_usage_summary') + section(agents, 'cost_by_model');
      for (const output of outputs) expect(text + shared, output).toContain(`\`${output}\``);
    },
  );
});

it('opentelemetry.md lists exactly the attributes of other programs that are kept', () => {
  const listed = section(read('docs/opentelemetry.md'), 'Records of other programs').match(
    /(?<=`)[a-z][\w.]+(?=`[,\n])/g,
  );
  expect(listed?.sort()).toEqual([...foreignAttributes].sort());
});

it('AGENTS.md names every command that has a schema', () => {
  const text = section(agents, "The commands' JSON");
  for (const name of Object.keys(schemas)) expect(text).toMatch(new RegExp(`\`(?:atel )?${name}\``));
});

it('AGENTS.md names every route of the REST API and its parameters', () => {
  const text = section(agents, 'The REST API');
  for (const { path, parameters } of Object.values(routes)) {
    expect(text).toContain(`| \`${path}\` `);
    for (const name of Object.keys(parameters)) expect(text, path).toContain(`\`${name}\``);
  }
});

describe('every page of the docs', () => {
  it.each(pages)('%s links only to files that exist', (page) => {
    for (const [, target] of read(page).matchAll(/\]\((?!https?:|#)([^)#]+)(?:#[^)]*)?\)/g)) {
      expect(existsSync(join(root, dirname(page), target!)), target).toBe(true);
    }
  });

  it.each(pages)('%s names only pipes that exist', (page) => {
    const ofExample = readdirSync(join(root, 'examples/visits/pipes')).map((file) =>
      file.replace(/\.pipe$/, ''),
    );
    const names = new Set([...Object.values(pipes).map(({ _name }) => _name), ...ofExample]);
    for (const [, name] of read(page).matchAll(/\/v0\/pipes\/(\w+)\.(?:json|csv|ndjson)/g)) {
      // A placeholder, and the description of all endpoints.
      if (name !== 'NAME' && name !== 'openapi') expect(names, name).toContain(name);
    }
  });

  it.each(pages)('%s contains no path of one machine and no secret', (page) => {
    expect(read(page)).not.toMatch(/\/(?:home|Users)\/(?!dev\b|u\b)\w+\/|\/work\/|sk-ant-|p\.ey/);
  });
});

describe('privacy.md and operations.md', () => {
  it('privacy.md and operations.md name every event that init registers hooks for', () => {
    for (const event of Object.keys(ourHooks('x')))
      expect(read('docs/privacy.md') + read('docs/operations.md'), event).toContain(event);
  });

  it('privacy.md and operations.md name every file of the telemetry folder', () => {
    const { home, ...paths } = homePaths('/h');
    for (const path of Object.values(paths))
      expect(read('docs/operations.md'), path).toContain(path.replace('/h/', ''));
  });
});

it('operations.md has exactly one row per setting, as in the table of settings', () => {
  const rows = [...section(read('docs/operations.md'), 'Settings').matchAll(/^\| (.+) \|$/gm)]
    .map(([, row = '']) => row.replace(/\[([^\]]+)\]\([^)]*\)/g, '$1').split(/\s+\| /))
    .map((cells) => cells.map((cell) => cell.trim()));
  const [, , ...documented] = rows;
  expect(documented).toEqual(
    settingNames.map((name) => {
      const { fallback, isFileOnly } = settings[name];
      const { purpose, shownDefault } = aboutSettings[name];
      const shown = typeof fallback === 'string' ? `\`${fallback}\`` : JSON.stringify(fallback);
      return [
        name === 'home' ? '–' : `\`${name}\``,
        isFileOnly === true ? '–' : `\`${variableOf(name)}\``,
        shownDefault ?? shown,
        purpose,
      ];
    }),
  );
});
