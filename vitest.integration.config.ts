import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';
import { testFilesWith } from './scripts/test-files.mjs';

const include = ['tests/integration/**/*.test.ts', 'tests/contract/**/*.test.ts', 'tests/e2e/**/*.test.ts'];
/** Files with the store of helpers/store.ts, which they share within a process. */
const sharing = testFilesWith(['tests/integration'], 'useStore(');

/** Environment with which `startAtel` (tests/helpers/atel.ts) starts `atel up` over a stand-in for Tinybird Cloud. */
export const overCloud = { ATEL_TEST_CLOUD: '1' };

/** Files that share a process come first: vitest ends a shared process when a file that needs its own is next. */
class SharingFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const shares = ({ project }: TestSpecification) => project.name === 'store';
    return [...sorted.filter(shares), ...sorted.filter((file) => !shares(file))];
  }
}

/**
 * Integration and end-to-end tests: the real engine, real processes, the real client. The embedded engine is native code
 * that a process can open only once, so a file that opens it runs in its own process; files with the same store share
 * one.
 */
export default defineConfig({
  test: {
    environment: 'node',
    globalSetup: ['scripts/build-json-scan.mjs', 'tests/helpers/store-setup.ts'],
    pool: 'forks',
    // Tests wait for processes most of the time, so that two cores serve three files.
    maxWorkers: 3,
    // Ten times what the slowest need on a quiet machine.
    testTimeout: 180_000,
    hookTimeout: 180_000,
    // With real processes, ports and clocks, a test gets a second try on a busy CI machine; the report shows that it
    // needed one.
    retry: process.env.CI ? 1 : 0,
    restoreMocks: true,
    sequence: { sequencer: SharingFirst },
    projects: [
      { extends: true, test: { name: 'store', include: sharing, isolate: false } },
      { extends: true, test: { name: 'integration', include, exclude: sharing } },
      // vitest.cloud.config.ts runs all that can be.
      { extends: true, test: { name: 'cloud', include: ['tests/e2e/loop.test.ts'], env: overCloud } },
    ],
  },
});
