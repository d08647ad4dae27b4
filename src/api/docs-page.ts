/** Shows the OpenAPI description as a page that needs neither a script nor anything from elsewhere. */
import { createHash } from 'node:crypto';
import * as z from 'zod/mini';

const schema = z.object({
  $ref: z.optional(z.string()),
  type: z.optional(z.union([z.string(), z.array(z.string())])),
  const: z.optional(z.unknown()),
  enum: z.optional(z.array(z.unknown())),
  default: z.optional(z.unknown()),
  description: z.optional(z.string()),
  /** `false` in a list of a fixed length. */
  items: z.optional(z.unknown()),
  prefixItems: z.optional(z.array(z.unknown())),
  anyOf: z.optional(z.array(z.unknown())),
  properties: z.optional(z.record(z.string(), z.unknown())),
  required: z.optional(z.array(z.string())),
});

const content = z.record(z.string(), z.object({ schema }));

const parameter = z.object({
  name: z.string(),
  in: z.string(),
  required: z.optional(z.boolean()),
  description: z.optional(z.string()),
  schema,
});

const operation = z.object({
  operationId: z.string(),
  tags: z.array(z.string()),
  summary: z.string(),
  description: z.optional(z.string()),
  parameters: z.optional(z.array(parameter)),
  requestBody: z.optional(z.object({ content })),
  responses: z.record(z.string(), z.object({ description: z.string(), content: z.optional(content) })),
});

const described = z.object({
  info: z.object({ title: z.string(), version: z.string(), description: z.string() }),
  tags: z.array(z.object({ name: z.string(), description: z.string() })),
  paths: z.record(
    z.string(),
    z.object({
      parameters: z.optional(z.array(parameter)),
      get: z.optional(operation),
      post: z.optional(operation),
      patch: z.optional(operation),
      delete: z.optional(operation),
    }),
  ),
  components: z.object({ schemas: z.record(z.string(), schema) }),
});

type Schema = z.infer<typeof schema>;
type Operation = z.infer<typeof operation>;
type Parameter = z.infer<typeof parameter>;

const METHODS = ['get', 'post', 'patch', 'delete'] as const;

const STYLE = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { max-width: 62rem; margin: 0 auto; padding: 1rem; overflow-wrap: break-word; }
summary { cursor: pointer; padding: 0.4rem 0; }
details { border-top: 1px solid #8886; overflow-x: auto; }
code { font-size: 0.9em; }
table { border-collapse: collapse; width: 100%; margin: 0.5rem 0 1rem; }
th, td { text-align: left; vertical-align: top; padding: 0.25rem 0.75rem 0.25rem 0; border-bottom: 1px solid #8884; }
`;

/** The page may load nothing and run nothing; its one style is named by its hash. */
const security = {
  'content-security-policy': `default-src 'none'; style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
};

/** The headers of the page. */
export const docsHeaders = { ...security, 'content-type': 'text/html; charset=utf-8' };

/**
 * Makes the page.
 *
 * @param text the OpenAPI description, JSON
 */
export function docsPage(text: string): string {
  const { info, tags, paths, components } = described.parse(JSON.parse(text));
  const operations = Object.entries(paths).flatMap(([path, { parameters = [], ...methods }]) =>
    METHODS.flatMap((method) => {
      const one = methods[method];
      return one === undefined
        ? []
        : [{ path, method, one: { ...one, parameters: [...parameters, ...(one.parameters ?? [])] } }];
    }),
  );
  const groups = tags.map(({ name, description }) => {
    const own = operations.filter(({ one }) => one.tags[0] === name);
    return `<h2>${escaped(description)}</h2>\n${own.map(({ path, method, one }) => operationHtml(path, method, one)).join('\n')}`;
  });
  const schemas = Object.entries(components.schemas).map(
    ([name, one]) =>
      `<h3 id="schema-${escaped(name)}">${escaped(name)}</h3>\n<p>${typeOf(one)}</p>${propertiesHtml(one)}`,
  );
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(info.title)}: API</title>
<style>${STYLE}</style>
</head>
<body>
<h1>${escaped(info.title)} ${escaped(info.version)}: API</h1>
<p>${prose(info.description)}</p>
<p>The same for programs: <a href="/openapi.json">openapi.json</a> (OpenAPI 3.1)</p>
${groups.join('\n')}
<h2>Types</h2>
${schemas.join('\n')}
</body>
</html>
`;
}

function operationHtml(path: string, method: string, one: Operation): string {
  const { operationId, summary, description, parameters = [], requestBody, responses } = one;
  const body = Object.values(requestBody?.content ?? {}).map(
    (taken) => `<h4>Body</h4>\n<p>${typeOf(taken.schema)}</p>${propertiesHtml(taken.schema)}`,
  );
  const rows = Object.entries(responses).map(([status, { description: meaning, content: answer = {} }]) => {
    const types = Object.entries(answer).map(
      ([type, given]) =>
        `<code>${escaped(type)}</code>: ${typeOf(given.schema)}${propertiesHtml(given.schema)}`,
    );
    return row(escaped(status), prose(meaning), types.join('<br>'));
  });
  return `<details id="${escaped(operationId)}">
<summary><code>${method.toUpperCase()} ${escaped(path)}</code> ${prose(summary)}</summary>
${description === undefined ? '' : `<p>${prose(description)}</p>`}
${parametersHtml(parameters)}
${body.join('\n')}
<h4>Responses</h4>
${table(['Status', 'Meaning', 'Content'], rows)}
</details>`;
}

function parametersHtml(parameters: readonly Parameter[]): string {
  if (parameters.length === 0) return '<p>It takes no parameters.</p>';
  const rows = parameters.map(({ name, in: place, required = false, description = '', schema: type }) =>
    row(
      `<code>${escaped(name)}</code>`,
      `${escaped(place)}${required ? ', required' : ''}`,
      typeOf(type) + (type.default === undefined ? '' : `; default <code>${json(type.default)}</code>`),
      prose(description),
    ),
  );
  return `<h4>Parameters</h4>\n${table(['Name', 'In', 'Type', 'Meaning'], rows)}`;
}

/** The properties of an object, or of the objects in a list. */
function propertiesHtml({ properties, items, required = [] }: Schema): string {
  if (properties === undefined) {
    const { data } = schema.safeParse(items);
    return data === undefined ? '' : propertiesHtml(data);
  }
  const rows = Object.entries(properties).map(([name, given]) => {
    const one = schema.parse(given);
    const optional = required.includes(name) ? '' : ' (optional)';
    return row(`<code>${escaped(name)}</code>${optional}`, typeOf(one), prose(one.description ?? ''));
  });
  return table(['Name', 'Type', 'Meaning'], rows);
}

/** A type in words; a named one leads to its description. */
function typeOf(one: Schema): string {
  const { $ref: reference, type, enum: values, anyOf, items, prefixItems } = one;
  if (reference !== undefined) {
    const name = escaped(reference.slice(reference.lastIndexOf('/') + 1));
    return `<a href="#schema-${name}">${name}</a>`;
  }
  if (one.const !== undefined) return `<code>${json(one.const)}</code>`;
  if (values !== undefined) return values.map((value) => `<code>${json(value)}</code>`).join(' or ');
  if (anyOf !== undefined) return anyOf.map(typeOfAny).join(' or ');
  if (type === 'array') {
    if (prefixItems !== undefined) return `list of ${prefixItems.map(typeOfAny).join(', then ')}`;
    return `list of ${typeOfAny(items)}`;
  }
  return type === undefined ? 'anything' : escaped([type].flat().join(' or '));
}

/** The same of what may be no schema. */
function typeOfAny(one: unknown): string {
  const { data } = schema.safeParse(one);
  return data === undefined ? 'anything' : typeOf(data);
}

function table(heads: readonly string[], rows: readonly string[]): string {
  const head = heads.map((one) => `<th scope="col">${one}</th>`).join('');
  return `<table><thead><tr>${head}</tr></thead><tbody>\n${rows.join('\n')}\n</tbody></table>`;
}

function row(...cells: readonly string[]): string {
  return `<tr>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`;
}

/** Text in which backquotes mark code. */
function prose(text: string): string {
  return escaped(text).replace(/`([^`]+)`/g, '<code>$1</code>');
}

const json = (value: unknown) => escaped(JSON.stringify(value));

function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
