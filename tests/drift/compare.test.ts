import { describe, expect, it } from 'vitest';
import { differences, merged } from './compare.js';
import type { Contract } from './contract.js';

const empty: Contract = {
  version: '2.1.332',
  hook_events: null,
  hooks: {},
  transcript: {},
  otel: {},
  result: {},
  status_line: null,
  costs: {},
};

describe('the differences of a client from its contract', () => {
  it('a new, a missing and a changed key of each kind of output is one line', () => {
    const recorded: Contract = {
      ...empty,
      hook_events: ['Stop', 'Setup'],
      hooks: { Stop: { session_id: 'string', effort: 'object' }, SessionEnd: { reason: 'string' } },
      transcript: { assistant: { 'message.usage.speed': 'string' } },
      otel: { 'event api_request': { cost_usd: 'doubleValue' } },
      result: { total_cost_usd: 'number' },
      status_line: { version: 'string' },
      costs: { 'claude-opus-5-5': { input: 4 } },
    };
    const seen: Contract = {
      ...recorded,
      hook_events: ['Stop', 'DirectoryAdded'],
      hooks: { Stop: { session_id: 'string', model: 'string' } },
      transcript: { assistant: { 'message.usage.speed': 'null|string' }, 'cost-state': { type: 'string' } },
      otel: { 'event api_request': { cost_usd: 'stringValue' } },
      result: {},
      status_line: { version: 'string', pr: 'object' },
      costs: { 'claude-opus-5-5': { input: 5 } },
    };
    expect(differences(recorded, seen)).toEqual([
      '+ hook events of the Agent SDK: DirectoryAdded',
      '- hook events of the Agent SDK: Setup',
      '- hook SessionEnd',
      '- hook Stop: effort (object)',
      '+ hook Stop: model (string)',
      '~ transcript assistant: message.usage.speed is null|string, was string',
      '+ transcript cost-state: type',
      '~ otel event api_request: cost_usd is stringValue, was doubleValue',
      '- result: total_cost_usd (number)',
      '~ cost claude-opus-5-5 input is 5 USD, was 4',
      '+ status line: pr (object)',
    ]);
    expect(differences(recorded, recorded)).toEqual([]);
  });

  it('what was missing in one recorded round may be missing again, and may come back', () => {
    const round = (hooks: Contract['hooks']): Contract => ({ ...empty, hooks });
    const contract = merged([
      round({ Stop: { id: 'string', effort: 'object' }, Notification: { message: 'string' } }),
      round({ Stop: { id: 'null' } }),
    ]);
    expect(contract.hooks).toEqual({
      'Notification?': { message: 'string' },
      Stop: { id: 'null|string', 'effort?': 'object' },
    });
    expect(differences(contract, round({ Stop: { id: 'string' } }))).toEqual([]);
    expect(
      differences(
        contract,
        round({ Stop: { id: 'string', effort: 'object' }, Notification: { message: 'string' } }),
      ),
    ).toEqual([]);
    expect(differences(contract, round({ Notification: { message: 'string' } }))).toEqual(['- hook Stop']);
  });
});
