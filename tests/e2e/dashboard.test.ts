import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import axe from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import * as routes from '../../src/api/routes/index.js';
import { compact, grouped } from '../../src/base/format/counts.js';
import { usd, usdColumn } from '../../src/base/format/money.js';
import { percent } from '../../src/base/format/shares.js';
import { startAtel } from '../helpers/atel.js';
import { endsInBackground } from '../helpers/background.js';
import { chromiumPath, openPage, startBrowser } from '../helpers/browser.js';
import { captureTime, sessions } from '../helpers/captures.js';
import { tempFolder } from '../helpers/temp.js';
import { useCapturedStore } from '../integration/helpers/captured-store.js';
import { storeTime } from '../../src/base/time/store-time.js';
import { listenTo } from '../helpers/announcements.js';
import { makeApiRequestRow } from '../integration/helpers/factories.js';

/** The clock of the page, an hour after the captured runs, so that its windows end then. */
const NOON = captureTime(0) + 3_600_000;
const DAY_MS = 86_400_000;
/** How long a page may take to answer on a busy machine. */
const slowly = { timeout: 60_000 };
/** Pages with a table in the year of the captured store. */
const morePages = ['explore', 'agents', 'skills', 'tools', 'tasks', 'outcomes', 'insights', 'coverage'].map(
  (name) => `/${name}?since=1y`,
);

describe.skipIf(chromiumPath === undefined)('the dashboard', () => {
  const store = useCapturedStore();
  let browser: Browser;
  beforeAll(async () => {
    browser = await startBrowser();
  });
  afterAll(() => browser.close());

  /** Opens an address of the page at that time, and checks after the test that the page had no error. */
  async function open(
    path: string,
    options?: Parameters<typeof openPage>[2],
    origin = store.atel.dashboardUrl,
  ): Promise<Page> {
    const watched = await openPage(browser, origin, options);
    onTestFinished(async () => {
      await watched.page.context().close();
      expect(watched.complaints).toEqual([]);
      expect(watched.strangers).toEqual([]);
    });
    await watched.page.clock.setFixedTime(NOON);
    await watched.page.goto(path);
    return watched.page;
  }

  async function api(path: string): Promise<unknown> {
    return (await fetch(store.atel.apiUrl + path)).json();
  }

  /** The text of a table's rows, by cell. */
  async function cells(page: Page, label: string): Promise<string[][]> {
    const rows = page.getByRole('group', { name: label, exact: true }).locator('tbody tr');
    return Promise.all((await rows.all()).map((row) => row.locator('td').allInnerTexts()));
  }

  const window = (days: number) => `from=${new Date(NOON - days * DAY_MS).toISOString()}`;

  it('the page shows the figures of the API, each compared with the previous period', async () => {
    const page = await open('/');
    await page.getByRole('heading', { name: 'Cost by model' }).waitFor();
    expect(await page.title()).toBe('Overview · agent-telemetry');

    const { metrics } = routes.summary.answer.parse(await api(`/v1/summary?${window(7)}`));
    const valueOf = (name: string) => metrics.find(({ metric }) => metric === name)!.value;
    const shown = async (name: string) => page.locator(`[data-metric="${name}"] .value`).innerText();
    // Known from the captures: four sessions, 23 requests, 0.5069675 USD.
    expect(await shown('cost_usd')).toBe('0.51 USD');
    expect(await shown('sessions')).toBe('4');
    expect(await shown('cost_usd')).toBe(`${usd(valueOf('cost_usd'))} USD`);
    expect(await shown('total_tokens')).toBe(compact(valueOf('total_tokens')));
    expect(await shown('cache_hit_rate')).toBe(percent(valueOf('cache_hit_rate')));
    expect(await shown('tool_success_rate')).toBe(percent(valueOf('tool_success_rate')));
    expect(await page.locator('[data-metric="sessions"] .before').innerText()).toBe('before: 0');

    const cost = routes.cost.answer.parse(await api(`/v1/analytics/cost?${window(7)}`));
    if (cost.group_by !== 'part') throw new Error('not the four breakdowns');
    const money = usdColumn(cost.parts.map((part) => part.total_cost_usd));
    for (const dimension of ['model', 'agent', 'skill', 'project'] as const) {
      const parts = cost.parts.filter((part) => part.dimension === dimension);
      expect(await cells(page, `Cost by ${dimension}`)).toEqual(
        parts.map((part) => [
          part.part,
          money(part.total_cost_usd),
          percent(part.cost_share),
          grouped(part.request_count),
          compact(part.total_tokens),
        ]),
      );
    }
    const { tools } = routes.tools.answer.parse(await api(`/v1/analytics/tools?${window(7)}`));
    expect((await cells(page, 'Tools')).map(([name, calls]) => [name, calls])).toEqual(
      tools.map((tool) => [tool.tool_name, grouped(tool.calls)]),
    );
  });

  it('the keyboard reaches the figures of each bar', async () => {
    const page = await open('/');
    await page.getByRole('group', { name: /^Cost of \d+ periods/ }).focus();
    const told = page.locator('figcaption');
    await page.keyboard.press('Home');
    expect(await told.innerText()).toBe('2026-11-13 (in part): 0.00 USD, 0 requests, 0 sessions, 0 tokens');
    for (let days = 0; days < 7; days += 1) await page.keyboard.press('ArrowRight');
    expect(await told.innerText()).toBe('2026-11-20: 0.51 USD, 23 requests, 4 sessions, 429.6k tokens');
  });

  it('the page lists and filters the sessions, and links to each', async () => {
    const page = await open('/sessions');
    const rows = async () => (await cells(page, 'Sessions')).map(([id]) => id);
    await page.getByRole('link', { name: '11111111' }).waitFor();
    const found = routes.sessions.answer.parse(await api(`/v1/sessions?${window(7)}`));
    expect(await rows()).toEqual(found.sessions.map((row) => row.session_id.slice(0, 8)));

    await page.getByLabel('Session', { exact: true }).and(page.getByRole('searchbox')).fill('3333');
    await page.waitForURL('**/sessions?prefix=3333');
    await page.getByRole('link', { name: '11111111' }).waitFor({ state: 'detached' });
    expect(await rows()).toEqual(['33333333']);
    await page.getByLabel('Status').selectOption('active');
    await page.getByText('No session matches.').waitFor();
    await page.getByRole('button', { name: 'Show all of this time' }).click();
    await page.getByRole('link', { name: '11111111' }).waitFor();
    expect(await page.getByRole('searchbox').inputValue()).toBe('');

    await page.getByRole('link', { name: '11111111' }).click();
    await page.getByRole('heading', { name: sessions.first }).waitFor();
    expect(new URL(page.url()).pathname).toBe(`/sessions/${sessions.first}`);
    await page.goBack();
    await page.getByRole('link', { name: '88e31e5d' }).waitFor();
  });

  it('the page shows a session by prompt, with cost and tokens of each step', async () => {
    const page = await open(`/sessions/${sessions.first}`);
    await page.getByText('Prompt 1').waitFor();
    const { timeline } = routes.timeline.answer.parse(await api(`/v1/sessions/${sessions.first}/timeline`));
    const prompts = timeline.filter(({ kind }) => kind === 'prompt');
    expect(await page.locator('summary .cost').allInnerTexts()).toEqual(
      prompts.map((prompt) => `${usd(prompt.total_cost_usd)} USD`),
    );
    const steps = await page.locator('table.steps tbody tr').count();
    expect(steps).toBe(timeline.length - prompts.length);
    expect(await page.getByText('Bash failed (exit 1)').count()).toBe(1);
    const { session } = routes.session.answer.parse(await api(`/v1/sessions/${sessions.first}`));
    expect(await page.locator('.figures .value').first().innerText()).toBe(
      `${usd(session.total_cost_usd)} USD`,
    );
  });

  it('all time, and dates, show what is older than any of the other windows', async () => {
    const page = await open('/');
    await page.getByRole('button', { name: 'All', exact: true }).click();
    await page.waitForURL('**/?since=all');
    await page.getByRole('heading', { name: 'All time' }).waitFor();
    const { metrics } = routes.summary.answer.parse(await api('/v1/summary?from=2010-01-01'));
    const cost = metrics.find(({ metric }) => metric === 'cost_usd')!.value;
    const shown = page.locator('[data-metric="cost_usd"] .value');
    await expect.poll(() => shown.innerText()).toBe(`${usd(cost)} USD`);
    // Nothing was before all time.
    expect(await page.locator('.before').count()).toBe(0);

    await page.getByText('Dates …').click();
    await page.getByLabel('From', { exact: true }).fill('2026-03-09');
    await page.getByLabel('to', { exact: true }).fill('2026-03-15');
    await page.getByRole('button', { name: 'Show', exact: true }).click();
    await page.waitForURL('**/?from=2026-03-09&to=2026-03-15');
    await page.getByRole('heading', { name: '2026-03-09 to 2026-03-15' }).waitFor();
    const march = routes.summary.answer.parse(await api('/v1/summary?from=2026-03-09&to=2026-03-16'));
    const costOfMarch = march.metrics.find(({ metric }) => metric === 'cost_usd')!.value;
    expect(costOfMarch).not.toBe(cost);
    await expect.poll(() => shown.innerText()).toBe(`${usd(costOfMarch)} USD`);
  });

  it('a time that the page does not know is named, and not silently replaced', async () => {
    const page = await open('/?since=90y');
    await page.getByText('There is no time “90y”: the last 7 days are shown.').waitFor();
  });

  it('the beginning of a session id leads to the session', async () => {
    // The browser notes in its console that the first address was not found.
    const { page } = await openPage(browser, store.atel.dashboardUrl);
    onTestFinished(() => page.context().close());
    await page.goto(`/sessions/${sessions.first.slice(0, 8)}`);
    await page.waitForURL(`**/sessions/${sessions.first}`);
    await page.getByRole('heading', { name: sessions.first }).waitFor();
    expect(await page.title()).toBe('Session 11111111 · agent-telemetry');
  });

  it('a finger on a bar shows its figures, also after it is lifted', async () => {
    const page = await open('/', { hasTouch: true, width: 400 });
    await page.locator('rect.series-0').first().tap();
    expect(await page.locator('figcaption').innerText()).toContain('2026-11-20: 0.51 USD');
  });

  it.each(['light', 'dark'] as const)('axe finds no fault on any page in %s mode', async (colorScheme) => {
    const page = await open('/?since=1y', { colorScheme });
    for (const path of ['/?since=1y', '/sessions', `/sessions/${sessions.first}`, '/alerts', ...morePages]) {
      await page.goto(path);
      await page.getByRole('heading', { level: 1 }).waitFor();
      await expect.poll(() => page.locator('.loading').count(), slowly).toBe(0);
      // The page's security policy allows no other script in the document.
      await page.evaluate(axe.source);
      const { violations } = await page.evaluate<axe.AxeResults>('axe.run()');
      const faults = violations.map(({ id, nodes }) => [id, ...nodes.map(({ html }) => html)]);
      expect(faults, path).toEqual([]);
    }
  });

  it('every page of the navigation opens from the one before, with its heading', async () => {
    const page = await open('/?since=1y');
    const links = page.getByRole('navigation', { name: 'Pages' }).getByRole('link');
    const names = await links.allInnerTexts();
    expect(names).toEqual([
      ...['Overview', 'Explore', 'Sessions', 'Agents', 'Skills', 'Tools', 'Tasks', 'Outcomes'],
      ...['Insights', 'Limits', 'Alerts', 'Coverage'],
    ]);
    for (const name of names.slice(1)) {
      await links.filter({ hasText: name }).click();
      await page.waitForURL(`**/${name.toLowerCase()}?since=1y`);
      expect(await page.title()).toBe(`${name} · agent-telemetry`);
      await page.getByRole('heading', { level: 1 }).waitFor();
      expect(await page.getByText('Page not found').count()).toBe(0);
      await expect.poll(() => page.locator('.loading').count(), slowly).toBe(0);
    }
  });

  it('the pages of agents, skills and tools show what the API answers', async () => {
    const page = await open('/agents?since=1y');
    const { agents, insights } = routes.agents.answer.parse(await api(`/v1/agents?${window(365)}`));
    const total = usdColumn(agents.map(({ est_cost_usd: cost }) => cost));
    const each = usdColumn(insights.map(({ avg_cost_per_invocation: cost }) => cost));
    await page.getByRole('group', { name: 'Types of subagents' }).waitFor();
    const costEach = (type: string) =>
      each(insights.find(({ agent_type }) => agent_type === type)!.avg_cost_per_invocation);
    expect((await cells(page, 'Types of subagents')).map((row) => row.slice(0, 5))).toEqual(
      agents.map(({ agent_type: type, invocations, est_cost_usd: cost, total_tokens: tokens }) => [
        ...[type, grouped(invocations), total(cost), costEach(type), compact(tokens)],
      ]),
    );

    await page.getByRole('link', { name: 'Skills' }).click();
    await page.getByRole('group', { name: 'Uses' }).waitFor();
    const { skills } = routes.skills.answer.parse(await api(`/v1/skills?${window(365)}`));
    expect((await cells(page, 'Uses')).map(([name, uses]) => [name, uses])).toEqual(
      skills.map(({ skill_name: name, activations }) => [name, grouped(activations)]),
    );

    await page.getByRole('link', { name: 'Tools' }).click();
    await page.getByRole('group', { name: 'Failures by tool and model' }).waitFor();
    const { reliability } = routes.reliability.answer.parse(
      await api(`/v1/analytics/reliability?${window(365)}`),
    );
    const bash = reliability.filter((cell) => cell.tool_name === 'Bash' && cell.model === 'claude-opus-4-8');
    // Known from the captures: one of six calls ended with exit code 1.
    expect(bash).toMatchObject([{ calls: 6, failures: 1, error_class: 'exit_1' }]);
    const row = page.getByRole('row', { name: /^Bash/ }).filter({ has: page.locator('.heat-2') });
    expect(await row.locator('.heat-2').innerText()).toBe('1 of 6');
    await page.getByRole('combobox', { name: /^Failure/ }).selectOption('exit_1');
    expect(await row.locator('.heat-2').innerText()).toBe('1 of 6');
  });

  it('the page of outcomes shows what the API answers, and its costs sum to the total', async () => {
    const page = await open('/outcomes?since=1y');
    await page.getByRole('group', { name: 'Cost by outcome' }).waitFor();
    const answer = routes.outcomes.answer.parse(await api(`/v1/outcomes?${window(365)}`));
    const sum = answer.outcomes.reduce((all, { total_cost_usd: cost }) => all + (cost ?? 0), 0);
    expect(sum).toBeCloseTo(answer.total[0]!.total_cost_usd!, 9);
    const money = usdColumn(answer.outcomes.map(({ total_cost_usd: cost }) => cost));
    expect((await cells(page, 'Cost by outcome')).map((row) => [row[1], row[4]!.replace(' +', '')])).toEqual(
      answer.outcomes.map(({ cost_share: share, total_cost_usd: cost }) => [percent(share), money(cost)]),
    );
    const commits = routes.cost.answer.parse(
      await api(`/v1/analytics/cost?${window(365)}&group_by=commit&limit=25`),
    );
    if (commits.group_by !== 'commit') throw new Error('no commits');
    await page.getByRole('group', { name: 'Commits' }).waitFor();
    expect((await cells(page, 'Commits')).map(([hash]) => hash)).toEqual(
      commits.parts.map(({ commit_hash: hash }) => hash.slice(0, 12)),
    );
  });

  it('a figure leads to its parts, and a part to the requests of it alone', async () => {
    const page = await open('/?since=1y');
    await page.getByRole('link', { name: 'Cost, list price' }).click();
    await page.waitForURL('**/explore?since=1y&metric=cost_usd');
    await page.getByRole('link', { name: 'claude-haiku-4-5-20251001' }).click();
    await page.waitForURL('**/explore?*model=claude-haiku-4-5-20251001*');
    const asked = `${window(365)}&model=claude-haiku-4-5-20251001&group_by=agent`;
    const { parts } = routes.breakdown.answer.parse(await api(`/v1/analytics/breakdown?${asked}`));
    const money = usdColumn(parts.map(({ total_cost_usd: cost }) => cost));
    await expect
      .poll(async () => (await cells(page, 'Parts')).map((row) => [row[0], row[3]]), slowly)
      .toEqual(parts.map(({ part, total_cost_usd: cost }) => [part, money(cost)]));
    // The bars of the chart have the same sum.
    const series = routes.series.answer.parse(
      await api(`/v1/analytics/series?${asked}&metric=cost_usd&period=weekly&limit=6`),
    );
    const summed = series.points.reduce((sum, { value }) => sum + (value ?? 0), 0);
    expect(summed).toBeCloseTo(
      parts.reduce((sum, { total_cost_usd: cost }) => sum + (cost ?? 0), 0),
      9,
    );
    await page.getByRole('button', { name: 'Model: claude-haiku-4-5-20251001' }).click();
    await page.waitForURL((url) => !url.searchParams.has('model'));
    await page.getByRole('link', { name: 'main', exact: true }).waitFor();
  });

  it('a range of costs narrows the sessions', async () => {
    const page = await open('/sessions');
    await page.getByRole('link', { name: '11111111' }).waitFor();
    await page.getByLabel('USD from').fill('0.3');
    await page.getByLabel('USD from').press('Enter');
    await page.waitForURL('**/sessions?min=0.3');
    // Of the captured sessions, one cost 0.3935 USD, the others less than 0.06 USD.
    await expect
      .poll(async () => (await cells(page, 'Sessions')).map(([id]) => id), slowly)
      .toEqual(['11111111']);
  });

  it('the titles of the sessions sort them, by mouse and keyboard, and say so', async () => {
    const page = await open('/sessions');
    await page.getByRole('link', { name: '11111111' }).waitFor();
    const title = (name: string) => page.getByRole('columnheader', { name });
    expect(await title('Last active').getAttribute('aria-sort')).toBe('descending');
    expect(await title('Project').getAttribute('aria-sort')).toBeNull();
    await title('USD').getByRole('button').click();
    await page.waitForURL('**/sessions?sort=cost');
    const order = page.getByRole('combobox', { name: /^Order/ });
    expect(await order.locator('option:checked').innerText()).toBe('most expensive first');
    expect(await title('USD').getAttribute('aria-sort')).toBe('descending');
    expect(await title('Last active').getAttribute('aria-sort')).toBe('none');
    await page.keyboard.press('Enter');
    await page.waitForURL('**/sessions?sort=cost&order=asc');
    expect(await title('USD').getAttribute('aria-sort')).toBe('ascending');
    const cheapest = await api(`/v1/sessions?${window(7)}&sort=cost&order=asc`);
    const expected = routes.sessions.answer
      .parse(cheapest)
      .sessions.map(({ session_id: id }) => id.slice(0, 8));
    await expect
      .poll(async () => (await cells(page, 'Sessions')).map(([id]) => id), slowly)
      .toEqual(expected);
    expect(expected.at(-1)).toBe('11111111');

    await order.selectOption('first started first');
    await page.waitForURL('**/sessions?sort=started&order=asc');
    expect(await title('Started').getAttribute('aria-sort')).toBe('ascending');
    const { sessions: oldest } = routes.sessions.answer.parse(
      await api(`/v1/sessions?${window(7)}&sort=started&order=asc`),
    );
    await expect
      .poll(async () => (await cells(page, 'Sessions')).map(([id]) => id), slowly)
      .toEqual(oldest.map(({ session_id: id }) => id.slice(0, 8)));
    expect(oldest.map(({ started }) => started)).toEqual(oldest.map(({ started }) => started).toSorted());
  });

  it('a narrow screen shows by what the sessions are sorted', async () => {
    const page = await open('/sessions', { width: 400 });
    const failed = page.getByRole('columnheader', { name: 'Failed' });
    await page.getByRole('link', { name: '11111111' }).waitFor();
    expect(await failed.count()).toBe(0);
    await page.getByRole('combobox', { name: /^Order/ }).selectOption('most failed calls first');
    await failed.waitFor();
    expect(await failed.getAttribute('aria-sort')).toBe('descending');
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(400);
  });

  it('a rule is added, switched off and removed on the page, and a wrong one is explained', async () => {
    // The browser notes the refusal in its console.
    const { page } = await openPage(browser, store.atel.dashboardUrl);
    onTestFinished(() => page.context().close());
    await page.goto('/alerts');
    await page.getByText('There is no rule yet.').waitFor();
    await page.getByRole('heading', { name: 'Add a rule' }).click();
    await page.getByLabel('Name').fill('month-budget');
    await page.getByLabel('Kind').selectOption('budget');
    await page.getByLabel('Over').selectOption('month');
    await page.getByRole('spinbutton', { name: 'Soft limit' }).fill('20');
    await page.getByRole('spinbutton', { name: 'Hard limit' }).fill('10');
    await page.getByRole('button', { name: 'Add the rule' }).click();
    expect(await page.getByRole('alert').innerText()).toContain('soft');
    await page.getByRole('spinbutton', { name: 'Hard limit' }).fill('50');
    await page.getByRole('button', { name: 'Add the rule' }).click();
    await page.getByText('month-budget is saved').waitFor();
    const row = page.getByRole('row', { name: /^month-budget/ });
    await row.waitFor({ timeout: 60_000 });
    expect((await row.locator('td').allInnerTexts()).slice(3, 5)).toEqual([
      'soft 20.00 USD, hard 50.00 USD',
      'cost_usd this month',
    ]);
    await row.getByRole('button', { name: 'Switch off' }).click();
    await row.getByText('off', { exact: true }).waitFor({ timeout: 60_000 });
    await row.getByRole('button', { name: 'Remove' }).click();
    await row.getByRole('button', { name: 'Really remove' }).click();
    await page.getByText('There is no rule yet.').waitFor({ timeout: 60_000 });
  });

  it('without any row, no page shows a figure', async () => {
    const home = tempFolder();
    endsInBackground(home);
    const atel = await startAtel({ home });
    onTestFinished(() => atel.stop());
    const { page, complaints } = await openPage(browser, atel.dashboardUrl);
    onTestFinished(() => page.context().close());
    for (const path of ['/', '/sessions', '/limits', '/alerts', ...morePages]) {
      await page.goto(path);
      await page.locator('.state').first().waitFor();
      await expect.poll(() => page.locator('.loading').count(), slowly).toBe(0);
      expect(await page.locator('tbody tr, .chart rect:not(.column)').count(), path).toBe(0);
    }
    expect(complaints).toEqual([]);
  });

  it('the page reports addresses that do not exist', async () => {
    const page = await open('/');
    await page.clock.setFixedTime(Date.parse('2019-01-01T00:00:00Z'));
    await page.goto('/nowhere');
    await expect.poll(() => page.getByText('Page not found').count()).toBe(1);
  });

  it.each([
    ['light', 1280],
    ['dark', 1280],
    ['light', 400],
    ['dark', 400],
    ['light', 768],
    ['light', 1920],
  ] as const)('the page fits in %s mode at %d pixels', async (colorScheme, width) => {
    const page = await open('/', { colorScheme, width });
    await page.getByRole('heading', { name: 'Cost by model' }).waitFor();
    const few = ['/', '/sessions', '/sessions?since=all', `/sessions/${sessions.first}`];
    const paths = width === 400 && colorScheme === 'light' ? [...few, ...morePages] : few;
    for (const path of paths) {
      await page.goto(path);
      await page.locator('table').first().waitFor();
      const over = await page.evaluate('document.documentElement.scrollWidth - innerWidth');
      expect(Number(over), path).toBeLessThanOrEqual(0);
      // No table hides columns beside its card.
      const hidden = await page.evaluate(
        // The heat map has a column for each model.
        "[...document.querySelectorAll('.scroll:not(:has(.heat))')].filter((one) => one.scrollWidth > one.clientWidth).length",
      );
      expect(Number(hidden), path).toBe(0);
    }
  });

  it('an open page asks again only what stored rows affect, once after the running question, and gives up none', async () => {
    const home = tempFolder();
    endsInBackground(home);
    const atel = await startAtel({ home });
    onTestFinished(() => atel.stop());
    const { page } = await openPage(browser, atel.dashboardUrl);
    onTestFinished(() => page.context().close());
    const overviews: string[] = [];
    const givenUp: string[] = [];
    page.on('requestfailed', (request) => givenUp.push(request.url()));
    /** Holds the answers to the overview back, from the second on. */
    let release: () => void = () => undefined;
    const released = new Promise<void>((resolve) => (release = resolve));
    await page.route('**/v1/overview?*', async (route) => {
      overviews.push(route.request().url());
      if (overviews.length > 1) await released;
      await route.continue();
    });
    await page.goto('/');
    await page.getByText('Nothing was recorded in the last 7 days.').waitFor();
    await page.getByText('Live').waitFor();
    const told = await listenTo(atel.dashboardUrl);
    onTestFinished(() => told.close());
    const timestamp = storeTime(Date.now() - 60_000);
    const store = async (model: string) => {
      await atel.client.apiRequests.ingest([makeApiRequestRow({ model, timestamp, cost_usd: 1.5 })]);
      await told.until('requests');
    };

    // Records of other programs are no part of the overview.
    await atel.client.otelLogs.ingest([
      {
        ...{ timestamp: new Date().toISOString(), event_id: 'log-1', body: 'x', log_attributes: {} },
        ...{ trace_id: '', span_id: '', flags: 0, severity_text: 'INFO', severity_number: 9 },
        ...{ service_name: 'other', resource_schema_url: '', resource_attributes: {} },
        ...{ scope_schema_url: '', scope_name: '', scope_version: '', scope_attributes: {} },
      },
    ]);
    await told.until('otel_logs');
    expect(overviews).toHaveLength(1);

    await store('first');
    await expect.poll(() => overviews.length, { timeout: 30_000 }).toBe(2);
    // The second question runs; what is stored meanwhile is asked for once after it.
    await store('second');
    await store('third');
    expect(overviews).toHaveLength(2);
    release();
    // The pause after so slow an answer is long.
    const third = page.getByRole('region', { name: 'Cost by model' }).getByText('third');
    await third.waitFor({ timeout: 120_000 });
    expect(overviews.length).toBeLessThanOrEqual(3);
    expect(givenUp).toEqual([]);
  }, 240_000);

  it('the page shows names as text, updates while open, and reports a stopped server', async () => {
    const home = tempFolder();
    endsInBackground(home);
    const atel = await startAtel({ home });
    onTestFinished(() => atel.stop());
    const { page } = await openPage(browser, atel.dashboardUrl);
    onTestFinished(() => page.context().close());
    await page.goto('/');
    await page.getByText('Nothing was recorded in the last 7 days.').waitFor();
    await page.getByText('Live').waitFor();
    const name = '<img src=x onerror="document.title=1"><b>bold</b>';
    const timestamp = new Date(Date.now() - 60_000).toISOString().replace('T', ' ').replace('Z', '');
    await atel.client.apiRequests.ingest([
      makeApiRequestRow({ session_id: 's"><i>', model: name, project: name, timestamp, cost_usd: 1.5 }),
    ]);
    await page.getByRole('region', { name: 'Cost by model' }).getByText(name).waitFor();
    expect(await page.locator('main b, main img').count()).toBe(0);
    expect(await page.title()).toBe('Overview · agent-telemetry');

    await page.getByRole('navigation').getByRole('link', { name: 'Sessions' }).click();
    await page.getByRole('link', { name: 's"><i>' }).click();
    await page.getByRole('heading', { name: 's"><i>' }).waitFor();
    await page.getByText('1.50 USD').first().waitFor();
    await atel.client.apiRequests.ingest([
      makeApiRequestRow({ session_id: 's"><i>', model: name, project: name, timestamp, cost_usd: 2.5 }),
    ]);
    await page.getByText('4.00 USD').first().waitFor();

    await atel.stop();
    await page.getByText('Not live').waitFor();
    await page.getByRole('button', { name: /ask again now/ }).click();
    // What was answered before stays.
    await page
      .getByText(/What is below was answered at/)
      .first()
      .waitFor();
    expect(await page.getByText('4.00 USD').first().isVisible()).toBe(true);
    await page.getByRole('link', { name: 'Overview' }).click();
    await page.getByRole('button', { name: /ask again now/ }).click();
    await page.getByText('The server of this page does not answer.').first().waitFor();
    expect(await page.getByText('atel up --detach').first().isVisible()).toBe(true);
    await page.getByRole('button', { name: 'Try again' }).first().click();
    await page.getByText('The server of this page does not answer.').first().waitFor();
  });
});
