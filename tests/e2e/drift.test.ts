import { describe, expect, it } from 'vitest';
import { differences } from '../drift/compare.js';
import { contractFor, readContract, recordedVersions } from '../drift/contract.js';
import { observe } from '../drift/observe.js';
import { clientBinary, clients } from '../helpers/client-binary.js';

describe('the recorded contract of the client', () => {
  it('the pinned client emits what is recorded', async () => {
    const seen = await observe({
      binary: clientBinary(process.env, clients['2.1.332']),
      prices: false,
    });
    expect(differences({ ...contractFor(seen.version), costs: {} }, seen)).toEqual([]);
  }, 240_000);

  it('an older client differs from the newest contract by lines of each kind', () => {
    const [oldest = '', newest = ''] = [recordedVersions().at(0), recordedVersions().at(-1)];
    expect([oldest, newest]).toEqual(['2.1.197', '2.1.332']);
    const lines = differences(readContract(newest), readContract(oldest));
    // What issue reports and release notes say came after 2.1.197.
    expect(lines).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^- transcript cost-state/),
        expect.stringMatching(/^- otel event api_request: ttft_ms/),
        expect.stringMatching(/^- result: .*costBasis/),
      ]),
    );
  });
});
