// Sends the traces of the last day to an OpenTelemetry backend, such as Jaeger.
// Run: node examples/export-traces.mjs http://localhost:4318
import { exportAsTraces, OtlpError, StoreError } from 'atel';

const endpoint = process.argv[2] ?? 'http://localhost:4318';

try {
  const { spans, traces, refused, reason } = await exportAsTraces({ endpoint, days: 1 });
  console.log(`sent ${spans} spans of ${traces} traces to ${endpoint}`);
  // A backend may take some spans and refuse others.
  if (refused > 0) console.log(`it refused ${refused} spans: ${reason ?? 'no reason given'}`);
} catch (error) {
  if (!(error instanceof OtlpError) && !(error instanceof StoreError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
