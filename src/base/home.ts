import { join } from 'node:path';

/** Where everything local lies, below AGENT_TELEMETRY_HOME. The capture script knows the first four by name. */
export function homePaths(home: string) {
  return {
    home,
    /** Raw hook payloads, until the drain has read them. */
    inbox: join(home, 'inbox'),
    /** Link to the built program; without it the scripts do nothing. */
    program: join(home, 'program'),
    /** Process id of the running drain. */
    drainLock: join(home, 'drain.pid'),
    /** How long the machine was up when a drain was last started that has not begun yet, seconds. */
    drainKick: join(home, 'drain.kick'),
    /** How long the machine was up when that drain last said that it goes on, seconds. */
    drainBeat: join(home, 'drain.beat'),
    /** Events that the user's own tools emitted, until the drain has read them. */
    emitted: join(home, 'emitted'),
    /** Which project logs are to be shortened by themselves. */
    logs: join(home, 'logs'),
    /** Rows on their way to Tinybird. */
    spool: join(home, 'spool'),
    /** What is known of each session. */
    sessions: join(home, 'sessions'),
    /** Lines of transcripts that could not be counted, by session. */
    leftOut: join(home, 'left-out'),
    /** Last answers for SessionStart, by project. */
    contexts: join(home, 'contexts'),
    /** What is to be sent, and was sent, to the OpenTelemetry endpoint of the settings. */
    traces: join(home, 'traces'),
    /** Outcome of the last deliveries. */
    health: join(home, 'health.json'),
    /** Data folder of the embedded server. */
    store: join(home, 'store'),
    /** Id of that store, which is another one after the folder was deleted. */
    storeId: join(home, 'store', 'id'),
    /** Process id of that server, from before it opens the folder on. */
    serverLock: join(home, 'store', 'server.lock'),
    /** Settings files of Claude Code as they were before `init`. */
    backups: join(home, 'backups'),
    /** Random id of this machine. */
    device: join(home, 'device'),
    /** What background processes have to say. */
    log: join(home, 'atel.log'),
  };
}

export type HomePaths = ReturnType<typeof homePaths>;
