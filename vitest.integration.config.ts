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
    pool: 'forks',
    isolate: true,
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    restoreMocks: true,
  },
});
