/**
 * Measures what an open page costs: the CPU time of the server while a row is stored every second, with no page, and with
 * the overview open in a browser. Also how many requests the page sent and gave up, and how old its figures were. Needs
 * `npm run build` and Chromium.
 *
 * Environment variables: N (1e5), WEEK and KEEP, see made-store.ts; SECONDS (60) of each measurement.
 */
import { startAtel, type RunningAtel } from '../tests/helpers/atel.js';
import { openPage, startBrowser } from '../tests/helpers/browser.js';
import { makeApiRequestRow } from '../tests/integration/helpers/factories.js';
import { storeTime } from '../src/base/time/store-time.js';
import { madeStore } from './made-store.js';
import { columns } from './measure.js';

const seconds = Number(process.env.SECONDS ?? 60);

/** Stores a row every second; returns the share of one core that the server used meanwhile. */
async function coreWhileStoring(atel: RunningAtel): Promise<number> {
  const [cpu, started] = [atel.cpuSeconds(), performance.now()];
  for (let second = 1; second <= seconds; second += 1) {
    const event_id = `bench-${started}-${second}`;
    await atel.client.apiRequests.ingest([
      makeApiRequestRow({ event_id, request_key: event_id, timestamp: storeTime(Date.now()) }),
    ]);
    await new Promise((resolve) => setTimeout(resolve, started + second * 1000 - performance.now()));
  }
  return (atel.cpuSeconds() - cpu) / ((performance.now() - started) / 1000);
}

const { home, history, remove } = await madeStore(1e5);
const atel = await startAtel({ home });
const browser = await startBrowser();
try {
  await coreWhileStoring(atel);
  const without = await coreWhileStoring(atel);
  const { page } = await openPage(browser, atel.dashboardUrl);
  let [sent, failed] = [0, 0];
  page.on('request', () => (sent += 1));
  page.on('requestfailed', () => (failed += 1));
  const opened = performance.now();
  await page.goto('/');
  await page.locator('[data-metric="cost_usd"]').waitFor();
  const first = performance.now() - opened;
  await page.getByText('Live').waitFor();
  const loaded = sent;
  const withPage = await coreWhileStoring(atel);
  const percent = (share: number) => `${(share * 100).toFixed(1)} %`;
  console.log(`${history.requests} requests; a row every second for ${seconds} s.\n`);
  console.log(
    columns([
      ['', 'of a core'],
      ['no page', percent(without)],
      ['an open page', percent(withPage)],
      ['for the page', percent(withPage - without)],
    ]),
  );
  console.log(`\nFirst figures after ${first.toFixed(0)} ms.`);
  console.log(`Requests of the page: ${loaded} to open it, ${sent - loaded} afterwards, ${failed} given up.`);
} finally {
  await browser.close();
  await atel.stop();
  remove();
}
