import { expect, it } from 'vitest';
import { noSkill } from '../../../src/datasources/no-skill.js';
import { makeApiRequestRow } from '../helpers/factories.js';
import { useStore } from '../helpers/store.js';

const store = useStore();

it.each(['transcript', 'otel'] as const)(
  'the requests of a typed command belong to no skill, also if the %s comes last',
  async (last) => {
    const ids = { request_key: 'req_1', request_id: 'req_1', cost_usd: 0.25 };
    const sightings = {
      transcript: makeApiRequestRow({ ...ids, source: 'transcript', skill_name: noSkill }),
      otel: makeApiRequestRow({ ...ids, source: 'otel', message_id: '', skill_name: 'deploy' }),
    };
    const skill = makeApiRequestRow({ skill_name: 'release-notes', cost_usd: 0.5 });
    const first = last === 'otel' ? 'transcript' : 'otel';
    for (const row of [sightings[first], sightings[last], skill])
      await store.client.apiRequests.ingest([row]);
    const parts = await store.client.costBySkill.query({ days: 3_650 });
    expect(parts.map(({ skill_name, total_cost_usd }) => [skill_name, total_cost_usd])).toEqual([
      ['release-notes', 0.5],
      ['unattributed', 0.25],
    ]);
  },
);
