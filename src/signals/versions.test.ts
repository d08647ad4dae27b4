import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { skillActivations } from '../datasources/index.js';
import {
  eventVersion,
  otelEventVersion,
  otelPromptVersion,
  skillVersion,
  startVersion,
  stopVersion,
  summaryVersion,
} from './versions.js';

/** Any time that a row can have, as a hook's file tells it: with fractions of a millisecond. */
const time = fc.double({ min: 0, max: Date.UTC(2299, 11, 31), noNaN: true });
const later = fc.tuple(time, time).filter(([a, b]) => b - a >= 1);

describe('which of two reports of the same event is kept', () => {
  it('a hook’s report of an agent’s start or stop wins over a transcript’s, whatever their times', () => {
    fc.assert(
      fc.property(time, time, (hookAt, transcriptAt) => {
        expect(startVersion('hook', hookAt)).toBeGreaterThan(startVersion('transcript', transcriptAt));
        expect(stopVersion('hook', hookAt)).toBeGreaterThan(stopVersion('transcript', transcriptAt));
      }),
    );
  });

  it('the first start and the last stop win if one source reported both', () => {
    fc.assert(
      fc.property(later, fc.constantFrom('hook', 'transcript'), ([first, last], by) => {
        expect(startVersion(by, first)).toBeGreaterThan(startVersion(by, last));
        expect(stopVersion(by, last)).toBeGreaterThan(stopVersion(by, first));
      }),
    );
  });

  it('a hook’s report of a skill wins over a transcript’s, even if the row was written without a version', () => {
    expect(skillVersion('hook')).toBeGreaterThan(skillVersion('transcript'));
    expect(skillActivations.options.schema.version.type._modifiers.defaultValue).toBe(skillVersion('hook'));
  });

  it('a hook’s report of a prompt wins over OpenTelemetry’s', () => {
    expect(eventVersion()).toBeGreaterThan(otelPromptVersion());
  });

  it('the later report wins for an event that only OpenTelemetry reports, and for a session’s summary', () => {
    fc.assert(
      fc.property(later, ([first, last]) => {
        expect(otelEventVersion(last)).toBeGreaterThan(otelEventVersion(first));
        expect(summaryVersion(last)).toBeGreaterThan(summaryVersion(first));
      }),
    );
  });
});

it('versions have the numbers of the rows in existing stores, each a whole number of at least 0', () => {
  const at = Date.UTC(2026, 10, 20, 10, 49, 36, 123);
  expect(at).toBe(1_795_171_776_123);
  // 2^44 is 17,592,186,044,416, and 2^45 is 35,184,372,088,832.
  expect(startVersion('hook', at + 0.7)).toBe(33_389_200_312_708);
  expect(startVersion('transcript', at)).toBe(15_797_014_268_293);
  expect(stopVersion('hook', at + 0.7)).toBe(19_387_357_820_540);
  expect(stopVersion('transcript', at)).toBe(1_795_171_776_123);
  expect([skillVersion('hook'), skillVersion('transcript')]).toEqual([2, 1]);
  expect([eventVersion(), otelPromptVersion()]).toEqual([1, 0]);
  expect(otelEventVersion(at)).toBe(at);
  expect(summaryVersion(at)).toBe(at);
});
