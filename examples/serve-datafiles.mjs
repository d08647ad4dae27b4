// Serves the datafiles in examples/visits on a free port, sends three visits and asks for the top pages.
// Any Tinybird client works with `url` and `token`; this one is the official SDK's.
import { fileURLToPath } from 'node:url';
import { TinybirdApi } from '@tinybirdco/sdk';
import { serve } from 'atel/tinybird';

const tinybird = await serve({ folder: fileURLToPath(new URL('visits', import.meta.url)) });
try {
  const api = new TinybirdApi({ baseUrl: tinybird.url, token: tinybird.token });
  const { successful_rows, quarantined_rows } = await api.ingestBatch('visits', [
    { at: '2026-11-20 10:00:00', page: '/start', visitor: 'ada' },
    { at: '2026-11-20 10:01:00', page: '/prices', visitor: 'ada' },
    { at: '2026-11-20 10:02:00', page: '/start', visitor: 'ben' },
    { at: 'yesterday', page: '/start', visitor: 'cy' },
  ]);
  console.log(`${successful_rows} rows stored, ${quarantined_rows} in quarantine`);
  const { data } = await api.query('top_pages', { limit: 5 });
  for (const { page, visitors, visits } of data)
    console.log(`${page}: ${visitors} visitors, ${visits} visits`);
} finally {
  await tinybird.close();
}
