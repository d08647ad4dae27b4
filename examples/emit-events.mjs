// Records what a small build script does: one task with two phases. Run: node examples/emit-events.mjs
// Then see: npx atel tasks
import { emit } from 'atel';

const task = { task_id: 'BUILD-1', tool: 'build-script' };

/** Runs one phase and returns how long it took, in milliseconds. */
function phase(work) {
  const startedAt = performance.now();
  work();
  return Math.round(performance.now() - startedAt);
}

emit({ event: 'issue_start', ...task });
const phases_ms = {
  compile: phase(() => JSON.parse(JSON.stringify({ source: 'x'.repeat(100_000) }))),
  verify: phase(() => 'x'.repeat(100_000).includes('y')),
};
const { recorded, problem } = emit({
  event: 'issue_complete',
  ...task,
  status: 'success',
  duration_ms: phases_ms.compile + phases_ms.verify,
  phases_ms,
});

// `emit` never throws. Without `atel init` and without a project log it records nothing and gives the reason.
console.log(recorded ? 'recorded BUILD-1' : `not recorded: ${problem ?? 'telemetry is not set up here'}`);
