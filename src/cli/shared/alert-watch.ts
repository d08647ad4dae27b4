/** Evaluates the rules of alerts and budgets in the process that serves. */
import { ruleRow } from '../../alerts/rows.js';
import type { Rule } from '../../alerts/rule.js';
import { AlertWatch } from '../../alerts/watch.js';
import type { Writes } from '../../api/index.js';
import { loadConfig, type Config } from '../../base/config.js';
import type { HomePaths } from '../../base/home.js';
import type { EpochMs } from '../../base/time/units.js';
import type { DrainKicker } from '../../drain/kicker.js';
import { log } from '../../drain/log.js';
import { liveRecorder } from '../../drain/recorder.js';
import { configuredSpool } from '../../spool/configured.js';
import { configuredClient } from '../../store/client.js';
import type { Ask, ParamsOf, QuestionName, RowsOf } from '../../store/question-types.js';
import type { TinybirdClient } from '../../store/client-types.js';

/** Time limit for a question, milliseconds. */
const QUESTION_MS = 30_000;

/** Asks a client by the name of a question. */
const asking =
  (client: TinybirdClient): Ask =>
  <K extends QuestionName>(question: K, params: ParamsOf<K>) => {
    const accessor = client[question] as { query: (params: ParamsOf<K>) => Promise<RowsOf<K>> };
    return accessor.query(params);
  };

/** Starts to evaluate, after writes and on a clock. */
export async function watchAlerts(
  store: { url: string; writes: () => Writes },
  config: Config,
  paths: HomePaths,
  drains: DrainKicker,
): Promise<AlertWatch> {
  const spool = configuredSpool(config);
  const client = configuredClient({ ...config, tinybird_url: store.url }, { timeoutMs: QUESTION_MS });
  return new AlertWatch({
    home: paths.home,
    ask: asking(client),
    writes: store.writes,
    recorder: await liveRecorder(paths, config),
    save: async (rows) => {
      await spool.append(rows);
      drains.soon();
    },
    receivers: () => {
      const { alert_command, alert_webhook } = loadConfig();
      return { alert_command, alert_webhook };
    },
    log: (line) => log(paths, 'alerts', line),
  }).start();
}

/** Saves rules that the API takes: they are in the store when a drain has delivered them. */
export const ruleSaver =
  (config: Config, paths: HomePaths, drains: DrainKicker) =>
  async (rule: Rule, version: EpochMs, isRemoved: boolean): Promise<void> => {
    const recorder = await liveRecorder(paths, config);
    await configuredSpool(config).append([ruleRow(rule, recorder, version, { isRemoved })]);
    drains.soon();
  };
