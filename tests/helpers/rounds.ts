/**
 * How often a property test on the real engine tries another example. The usual number found each fault that was put
 * into the code on purpose; ATEL_TEST_ROUNDS=10 tries ten times as many.
 */
export const rounds = (usual: number): number => usual * Number(process.env.ATEL_TEST_ROUNDS ?? 1);
