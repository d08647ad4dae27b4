/** The paths of the telemetry folder. */
import { join } from 'node:path';

/** The files and folders below AGENT_TELEMETRY_HOME. The capture script repeats the names of the first four. */
export function homePaths(home: string) {
  return {
    home,
    /** Raw hook payloads, until the drain has read them. */
    inbox: join(home, 'inbox'),
    /** Link to the built program; without it the scripts do nothing. */
    program: join(home, 'program'),
    /** Process id of the running drain. */
    drainLock: join(home, 'drain.pid'),
    /** Uptime of the machine when a drain was started that has not begun yet, seconds. */
    drainKick: join(home, 'drain.kick'),
    /** Uptime of the machine at that drain's last heartbeat, seconds. */
    drainBeat: join(home, 'drain.beat'),
    /** Events from the user's own tools, until the drain has read them. */
    emitted: join(home, 'emitted'),
    /** The project logs that are pruned automatically. */
    logs: join(home, 'logs'),
    /** Rows that are not stored in Tinybird yet. */
    spool: join(home, 'spool'),
    /** The state of each session. */
    sessions: join(home, 'sessions'),
    /** Transcript lines that could not be counted, by session. */
    leftOut: join(home, 'left-out'),
    /** The last answers for SessionStart, by project. */
    contexts: join(home, 'contexts'),
    /** Traces to send, and already sent, to the OpenTelemetry endpoint of the settings. */
    traces: join(home, 'traces'),
    /** The outcome of the last deliveries. */
    health: join(home, 'health.json'),
    /** Data folder of the embedded server. */
    store: join(home, 'store'),
    /** Id of that store; a store made anew has a new one. */
    storeId: join(home, 'store', 'id'),
    /** Process id of the embedded server, written before it opens the data folder. */
    serverLock: join(home, 'store', 'server.lock'),
    /** Process id of an embedded server that is starting, until it serves. */
    serverStarting: join(home, 'server.starting'),
    /** Claude Code's settings files as they were before `init` changed them. */
    backups: join(home, 'backups'),
    /** The privacy tiers that repositories have asked for. */
    knownTiers: join(home, 'repository-tiers'),
    /** The random id of this machine. */
    device: join(home, 'device'),
    /** The key of the user's id; the same on all machines of a user who copies it. */
    userKey: join(home, 'user-key'),
    /** Prices learnt from what the client reported. */
    learntPrices: join(home, 'learnt-prices.json'),
    /** What was in the store when prices of new models were last looked for. */
    pricesSeen: join(home, 'prices-seen'),
    /** Log of the background processes. */
    log: join(home, 'atel.log'),
    /** The last part of the log before it began anew. */
    oldLog: join(home, 'atel.log.1'),
  };
}

export type HomePaths = ReturnType<typeof homePaths>;
