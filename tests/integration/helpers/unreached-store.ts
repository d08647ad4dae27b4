import { dirname } from 'node:path';

/** With the Node that runs the tests first. */
export const PATH = [dirname(process.execPath), process.env.PATH ?? ''].join(':');

/** The environment of hooks and commands whose store is elsewhere and does not answer. */
export const unreachedStore = (home: string, root: string) => ({
  PATH,
  HOME: root,
  TMPDIR: root,
  AGENT_TELEMETRY_HOME: home,
  TINYBIRD_URL: 'https://localhost:9',
  AGENT_TELEMETRY_APPEND_TOKEN: 'append',
  AGENT_TELEMETRY_READ_TOKEN: 'read',
});

/** How a hook ends that worked. */
export const silent = { code: 0, signal: null, stdout: '', stderr: '' };
