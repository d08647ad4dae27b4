import { defineConfig } from 'vitest/config';

/** Unit tests: next to the file that they test; no process, no network, no engine. */
export default defineConfig({
  test: {
    name: 'unit',
    include: ['src/**/*.test.ts', 'tests/drift/**/*.test.ts'],
    environment: 'node',
    globalSetup: 'scripts/build-json-scan.mjs',
    // Property tests and files on a busy disk take longer than the default of 5 seconds.
    testTimeout: 30_000,
    restoreMocks: true,
  },
});
