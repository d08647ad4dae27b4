// Prints what each model cost in the last 30 days, and the newest sessions. Run: node examples/report.mjs
import { createTinybirdClient, StoreError } from 'atel';

const client = createTinybirdClient({
  baseUrl: process.env.TINYBIRD_URL ?? 'http://localhost:7181',
  token: process.env.AGENT_TELEMETRY_READ_TOKEN ?? 'local',
});

try {
  const [models, sessions] = await Promise.all([
    client.costByModel.query({ days: 30 }),
    client.sessionList.query({ days: 30, limit: 5 }),
  ]);
  console.log('Cost by model, list price in USD, last 30 days:');
  for (const { model, total_cost_usd, request_count } of models)
    console.log(`  ${model}: ${total_cost_usd?.toFixed(4) ?? 'unknown'} in ${request_count} requests`);
  console.log('Newest sessions:');
  for (const { session_id, total_cost_usd } of sessions)
    console.log(`  ${session_id}: ${total_cost_usd?.toFixed(4) ?? 'unknown'}`);
} catch (error) {
  if (!(error instanceof StoreError)) throw error;
  console.error(`${error.message}. Start the store with: npx atel up`);
  process.exitCode = 1;
}
