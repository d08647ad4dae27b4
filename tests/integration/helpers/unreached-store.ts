import { dirname } from 'node:path';

/** PATH with the Node that runs the tests first. */
export const PATH = [dirname(process.execPath), process.env.PATH ?? ''].join(':');

/** Environment of hooks and commands with a remote store that does not answer. */
export const unreachedStore = (home: string, root: string) => ({
  PATH,
  HOME: root,
  TMPDIR: root,
  AGENT_TELEMETRY_HOME: home,
  TINYBIRD_URL: 'https://localhost:9',
  AGENT_TELEMETRY_APPEND_TOKEN: 'append',
  AGENT_TELEMETRY_READ_TOKEN: 'read',
});

/** The result of a hook that worked. */
export const silent = { code: 0, signal: null, stdout: '', stderr: '' };
