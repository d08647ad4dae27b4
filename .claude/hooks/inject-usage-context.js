#!/usr/bin/env node
// SessionStart: tells the agent what the last seven days cost and what to do better. Runs the built program;
// where that is not installed it is silent. The package.json beside it says that this is CommonJS, which starts
// faster; without it, in a project of ES modules, it works all the same.
const home = process.env.AGENT_TELEMETRY_HOME || `${process.env.HOME}/.agent-telemetry`;
const program = `${home}/program/inject.cjs`;
if (typeof require === 'function') {
  try {
    require(program);
  } catch {
    // Not installed.
  }
} else {
  import(`file://${encodeURI(program).replace(/[?#]/g, encodeURIComponent)}`).catch(() => undefined);
}
