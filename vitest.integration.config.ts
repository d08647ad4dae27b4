import { defineConfig } from 'vitest/config';

/**
 * Integration and end-to-end tests: the real engine, real processes, the real client.
 * The embedded engine is native code with one owner a process, so every file gets a process of its own.
 */
export default defineConfig({
  test: {
    name: 'integration',
    include: ['tests/integration/**/*.test.ts', 'tests/e2e/**/*.test.ts'],
    environment: 'node',
    globalSetup: ['scripts/build-json-scan.mjs', 'tests/helpers/store-setup.ts'],
    pool: 'forks',
    isolate: true,
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Real processes, ports and clocks: on a busy CI machine a test has a second try, and the report says that it took one.
    retry: process.env.CI ? 1 : 0,
    restoreMocks: true,
  },
});
