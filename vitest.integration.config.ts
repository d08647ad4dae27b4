import { defineConfig } from 'vitest/config';

/**
 * Integration and end-to-end tests: the real engine, real processes, the real client.
 * The embedded engine is native code that a process can open only once, so every test file runs in its own process.
 */
export default defineConfig({
  test: {
    name: 'integration',
    include: ['tests/integration/**/*.test.ts', 'tests/e2e/**/*.test.ts'],
    environment: 'node',
    globalSetup: ['scripts/build-json-scan.mjs', 'tests/helpers/store-setup.ts'],
    pool: 'forks',
    isolate: true,
    // Tests wait for processes most of the time, so that two cores serve three files.
    maxWorkers: 3,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // With real processes, ports and clocks, a test gets a second try on a busy CI machine; the report shows that it
    // needed one.
    retry: process.env.CI ? 1 : 0,
    restoreMocks: true,
  },
});
