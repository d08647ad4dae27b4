import { expect, it } from 'vitest';
import { promptsOf, type Step } from './steps.js';

const step = (kind: Step['kind'], name: string, more: Partial<Step> = {}): Step => ({
  prompt_id: 'p1',
  at: '2026-11-20 10:49:32.000',
  sequence: null,
  kind,
  name,
  agent_id: '',
  agent_type: '',
  parent_agent_id: '',
  skill_name: '',
  status: '',
  error_class: '',
  duration_ms: null,
  request_count: 0,
  total_tokens: null,
  total_cost_usd: null,
  unpriced_requests: 0,
  ...more,
});
const shown = (timeline: Step[]) =>
  promptsOf(timeline).map(({ prompt, steps }) => [
    prompt.prompt_id,
    steps.map(({ step: { name }, depth }) => `${'.'.repeat(depth)}${name}`),
  ]);

it('the steps of a prompt are below it, and those of a subagent below its run', () => {
  expect(
    shown([
      step('prompt', ''),
      step('request', 'main'),
      step('agent', 'outer', { agent_id: 'a' }),
      step('agent', 'inner', { agent_id: 'b', parent_agent_id: 'a' }),
      step('request', 'of outer', { agent_id: 'a' }),
      step('request', 'of inner', { agent_id: 'b' }),
      step('tool', 'main again'),
      step('prompt', '', { prompt_id: '' }),
      step('event', 'commit', { prompt_id: '' }),
      step('request', 'of nobody', { prompt_id: '', agent_id: 'unseen' }),
    ]),
  ).toEqual([
    ['p1', ['main', 'outer', '.inner', '..of inner', '.of outer', 'main again']],
    ['', ['commit', 'of nobody']],
  ]);
});

it('runs that name each other as their parents are shown', () => {
  expect(
    shown([
      step('prompt', ''),
      step('agent', 'x', { agent_id: 'x', parent_agent_id: 'y' }),
      step('agent', 'y', { agent_id: 'y', parent_agent_id: 'x' }),
    ]),
  ).toEqual([['p1', ['x', 'y']]]);
});

it('prompts are numbered in order; what happened outside of any has no number', () => {
  const timeline = ['p1', '', 'p2'].map((prompt_id) => step('prompt', '', { prompt_id }));
  expect(promptsOf(timeline).map(({ title, short }) => [title, short])).toEqual([
    ['Prompt 1', '1'],
    ['Outside of any prompt', '–'],
    ['Prompt 2', '2'],
  ]);
});
