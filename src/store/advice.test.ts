import { describe, expect, it } from 'vitest';
import { explained } from './advice.js';
import { StoreError, storeErrorKinds, type StoreErrorKind } from './store-error.js';

const failure = (kind: StoreErrorKind, message = 'it failed') => new StoreError(kind, message, null, null);

describe('a failed question', () => {
  it.each([
    ['network', 'atel up serves the store; its log is atel.log', 'is TINYBIRD_URL right?'],
    ['timeout', 'a shorter period asks for less', 'a shorter period asks for less'],
    [
      'unauthorized',
      'AGENT_TELEMETRY_READ_TOKEN must be a token that may read',
      'AGENT_TELEMETRY_READ_TOKEN must be a token that may read',
    ],
    [
      'not_found',
      'the running store is of another version: stop it, then atel up --detach',
      'deploy this version: atel deploy',
    ],
  ] as const)('the message of a failure of kind %s says what to do', (kind, embedded, cloud) => {
    expect(explained(failure(kind), 'embedded')).toBe(`it failed (${embedded})`);
    expect(explained(failure(kind), 'cloud')).toBe(`it failed (${cloud})`);
  });

  it('the message of any other failure only says what happened', () => {
    const helped = ['network', 'timeout', 'unauthorized', 'not_found'];
    const others = storeErrorKinds.filter((kind) => !helped.includes(kind));
    expect(others).toHaveLength(4);
    for (const kind of others) expect(explained(failure(kind), 'cloud')).toBe('it failed');
  });

  it('the message is one line without a full stop before the bracket', () => {
    expect(explained(failure('timeout', 'no\n  answer\twithin 1 s.'), 'embedded')).toBe(
      'no answer within 1 s (a shorter period asks for less)',
    );
    expect(explained(failure('rejected', 'bad query:'), 'embedded')).toBe('bad query');
  });
});
