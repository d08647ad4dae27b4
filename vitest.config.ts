import { defineConfig } from 'vitest/config';
import { testFilesWith } from './scripts/test-files.mjs';

const include = ['src/**/*.test.ts', 'tests/drift/**/*.test.ts'];
/** Files that replace a module, which no other file may see. */
const mocking = testFilesWith(['src', 'tests/drift'], 'vi.mock(');

/**
 * Unit tests: next to the file that they test; no process, no network, no engine. Files share processes and loaded
 * modules, which takes half of the time.
 */
export default defineConfig({
  test: {
    environment: 'node',
    globalSetup: 'scripts/build-json-scan.mjs',
    // Property tests and files on a busy disk take longer than the default of 5 seconds.
    testTimeout: 30_000,
    restoreMocks: true,
    unstubEnvs: true,
    maxWorkers: 2,
    projects: [
      { extends: true, test: { name: 'unit', include, exclude: mocking, isolate: false } },
      { extends: true, test: { name: 'mocking', include: mocking } },
    ],
  },
});
