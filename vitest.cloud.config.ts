import { defineConfig } from 'vitest/config';
import { overCloud } from './vitest.integration.config.js';

/** The tests of what `atel` does with a store, once more over a strict stand-in for Tinybird Cloud. */
export default defineConfig({
  test: {
    environment: 'node',
    include: ['tests/e2e/**/*.test.ts', 'tests/integration/{mcp,prometheus,reading}.test.ts'],
    // These start no store, or one that is not theirs to choose.
    exclude: ['tests/e2e/{drift,harness,package,plugin}.test.ts'],
    globalSetup: ['scripts/build-json-scan.mjs', 'tests/helpers/store-setup.ts'],
    env: overCloud,
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 180_000,
    hookTimeout: 180_000,
    restoreMocks: true,
  },
});
