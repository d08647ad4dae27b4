import { describe, expect, it } from 'vitest';
import { docsHeaders, docsPage } from './docs-page.js';
import { openApi } from './openapi.js';
import { createHash } from 'node:crypto';

const document = openApi('1.2.3');
const page = docsPage(JSON.stringify(document));

describe('the page of the API', () => {
  it('has every operation with its parameters and statuses, and every type', () => {
    let operations = 0;
    for (const [path, methods] of Object.entries(document.paths))
      for (const method of ['get', 'post', 'patch', 'delete'].filter((one) => one in methods)) {
        expect(page).toContain(`<code>${method.toUpperCase()} ${path}</code>`);
        operations += 1;
      }
    expect(page.match(/<details /g)).toHaveLength(operations);
    expect(operations).toBeGreaterThan(20);
    const names = Object.keys(document.components.schemas);
    expect(page.match(/<h3 id="schema-/g)).toHaveLength(names.length);
    const part = page.slice(page.indexOf('id="health"'));
    expect(part.slice(0, part.indexOf('</details>'))).toContain('<td>405</td>');
    expect(page).toContain('<td><code>days</code></td><td>query</td>');
  });

  it('each link leads to something on the page, or to the description', () => {
    const targets = [...page.matchAll(/href="([^"]+)"/g)].map(([, target = '']) => target);
    expect(targets.length).toBeGreaterThan(50);
    for (const target of new Set(targets))
      expect(target === '/openapi.json' || page.includes(`id="${target.slice(1)}"`), target).toBe(true);
  });

  it('loads nothing and runs nothing: no script, no address elsewhere, its style by its hash', () => {
    expect(page).not.toMatch(/<script|<link|<img|src=|@import|url\(|\son\w+=|style="/i);
    const [, style = ''] = /<style>([^]*?)<\/style>/.exec(page) ?? [];
    const hash = createHash('sha256').update(style).digest('base64');
    expect(docsHeaders['content-security-policy']).toContain(
      `default-src 'none'; style-src 'sha256-${hash}';`,
    );
  });

  it('texts of the description are no HTML', () => {
    const evil = JSON.stringify(document).replaceAll(
      'What was recorded, from the pipes',
      '<b onclick=x>&amp;',
    );
    expect(docsPage(evil)).toContain('<h2>&lt;b onclick=x&gt;&amp;amp;</h2>');
  });
});
