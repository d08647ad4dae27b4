import { describe, expect, it } from 'vitest';
import type { SkillActivationRow, TelemetryEventRow } from '../../../src/catalogue.js';
import { makeSkillActivationRow, makeTelemetryEventRow } from '../helpers/factories.js';
import { useStore } from '../helpers/store.js';

const store = useStore();

/** Contains the rows of the factories, which are on 2 March at noon. */
const march = { from: '2026-03-01 00:00:00', to: '2026-04-01 00:00:00' };

/** The start of a session that found these skills, at noon on a day of 2026. */
const starts = (day: string, session: string, skills: string[], some: Partial<TelemetryEventRow> = {}) =>
  makeTelemetryEventRow({
    event: 'session_start',
    status: '',
    tool_name: '',
    timestamp: `2026-${day} 12:00:00.000`,
    session_id: session,
    payload: JSON.stringify({ source: 'startup', skills, typed_only_skills: ['deploy'] }),
    ...some,
  });
const used = (day: string, skill_name: string, some: Partial<SkillActivationRow> = {}) =>
  makeSkillActivationRow({ timestamp: `2026-${day} 12:00:00.000`, skill_name, ...some });

describe('skill_frequency', () => {
  it('the success rate covers the calls of the model and excludes typed uses', async () => {
    await store.client.skillActivations.ingest([
      makeSkillActivationRow({ duration_ms: 10 }),
      makeSkillActivationRow({ duration_ms: 30 }),
      makeSkillActivationRow({ success: false, error_class: 'error', duration_ms: null }),
      makeSkillActivationRow({ trigger: 'typed', success: null, duration_ms: null }),
      makeSkillActivationRow({ skill_name: 'review', trigger: 'typed', success: null, duration_ms: null }),
    ]);
    expect(await store.client.skillFrequency.query(march)).toEqual([
      {
        skill_name: 'release-notes',
        activations: 4,
        successes: 2,
        failures: 1,
        typed: 1,
        success_rate: 2 / 3,
        avg_duration_ms: 20,
      },
      {
        skill_name: 'review',
        activations: 1,
        successes: 0,
        failures: 0,
        typed: 1,
        success_rate: null,
        avg_duration_ms: null,
      },
    ]);
  });

  it('a use that is sent again counts once', async () => {
    const row = makeSkillActivationRow();
    await store.client.skillActivations.ingest([row, row]);
    await store.client.skillActivations.ingest([row]);
    expect(await store.client.skillFrequency.query(march)).toMatchObject([{ activations: 1 }]);
  });
});

describe('unused_skills', () => {
  it('unused_skills lists unused skills of the newest session, with their last use', async () => {
    await store.client.telemetryEvents.ingest([
      starts('02-20', 's0', ['gone', 'old', 'notes', 'tools:polish', 'tools:plan']),
      starts('03-02', 's1', ['gone', 'old', 'notes', 'tools:polish', 'tools:plan', 'deploy']),
      starts('03-03', 's2', ['old', 'notes', 'tools:polish', 'tools:plan', 'deploy', 'fresh']),
      // The same session again, after a compaction.
      starts('03-04', 's2', ['old', 'notes', 'tools:polish', 'tools:plan', 'deploy', 'fresh']),
    ]);
    await store.client.skillActivations.ingest([
      used('02-21', 'old'),
      used('03-03', 'notes'),
      used('03-03', 'tools:polish'),
      // Called without the name of its plugin.
      used('03-03', 'plan', { trigger: 'typed', success: null }),
      used('04-02', 'deploy', { trigger: 'typed', success: null }),
    ]);
    expect(await store.client.unusedSkills.query(march)).toEqual([
      {
        skill_name: 'old',
        typed_only: 0,
        sessions: 2,
        first_seen: '2026-02-20 12:00:00.000',
        last_used: '2026-02-21 12:00:00.000',
      },
      {
        skill_name: 'deploy',
        typed_only: 1,
        sessions: 2,
        first_seen: '2026-03-02 12:00:00.000',
        last_used: '2026-04-02 12:00:00.000',
      },
      {
        skill_name: 'fresh',
        typed_only: 0,
        sessions: 1,
        first_seen: '2026-03-03 12:00:00.000',
        last_used: null,
      },
    ]);
  });

  it('projects and machines are separate, and without a recorded list there is no row', async () => {
    await store.client.telemetryEvents.ingest([
      starts('03-02', 'a', ['shared', 'one'], { project: 'shop-1' }),
      starts('03-03', 'b', ['shared', 'two'], { project: 'shop-2' }),
      starts('03-04', 'c', ['three'], { project: 'shop-2', device: 'other' }),
      starts('03-05', 'd', [], { project: 'shop-3', payload: '{"source":"startup"}' }),
    ]);
    await store.client.skillActivations.ingest([used('03-03', 'shared', { project: 'shop-2' })]);
    const names = async (params: object) =>
      (await store.client.unusedSkills.query({ ...march, ...params })).map(({ skill_name: name }) => name);
    expect(await names({})).toEqual(['one', 'three', 'two']);
    expect(await names({ project: 'shop-1' })).toEqual(['one', 'shared']);
    expect(await names({ project: 'shop-2' })).toEqual(['three', 'two']);
    expect(await names({ project: 'shop-3' })).toEqual([]);
  });
});

describe('the hint on unused skills', () => {
  const tenSessions = (skills: string[], day = (index: number) => `03-${10 + index}`) =>
    Array.from({ length: 10 }, (_, index) => starts(day(index), `s${index}`, skills));
  const april = { from: '2026-03-25 00:00:00', to: '2026-04-01 00:00:00' };
  const hints = async () =>
    (await store.client.usageHints.query(april)).filter(({ kind }) => kind === 'unused_skills');

  it('the hint on unused skills counts skills that were available and shown to the model for 30 days in ten sessions', async () => {
    const found = ['stale', 'asleep', 'used', 'deploy'];
    await store.client.telemetryEvents.ingest([
      // The 30 days begin on 2 March.
      starts('03-01', 'before', found),
      ...tenSessions([...found, 'new']),
    ]);
    await store.client.skillActivations.ingest([used('03-12', 'used'), used('03-01', 'stale')]);
    expect(await hints()).toMatchObject([{ subject: '', happened: 2, out_of: 4, share: 0.5 }]);
  });

  it('the hint on unused skills is absent without ten sessions, or if the 30 days are not certain', async () => {
    await store.client.telemetryEvents.ingest([
      starts('03-01', 'before', ['rare']),
      ...tenSessions(['new']),
      starts('03-20', 'late', ['new', 'rare']),
    ]);
    expect(await hints()).toEqual([]);
  });
});
