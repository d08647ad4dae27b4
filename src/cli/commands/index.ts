/** Every command, in the order of the help. */
import type { CliCommand } from '../shared/command.js';
import { agents } from './agents.js';
import { backfill } from './backfill.js';
import { completion } from './completion.js';
import { context } from './context.js';
import { down } from './down.js';
import { emit } from './emit.js';
import { exportCommand } from './export.js';
import { failures } from './failures.js';
import { flush } from './flush.js';
import { hookHandler } from './hook-handler.js';
import { init } from './init.js';
import { insights } from './insights.js';
import { open } from './open.js';
import { prices } from './prices.js';
import { prune } from './prune.js';
import { reprice } from './reprice.js';
import { run } from './run.js';
import { session } from './session.js';
import { sessions } from './sessions.js';
import { skills } from './skills.js';
import { sql } from './sql.js';
import { status } from './status.js';
import { statusline } from './statusline.js';
import { summary } from './summary.js';
import { tasks } from './tasks.js';
import { trace } from './trace.js';
import { trends } from './trends.js';
import { up } from './up.js';

export const commands: readonly CliCommand[] = [
  up,
  down,
  open,
  init,
  backfill,
  flush,
  status,
  emit,
  run,
  prune,
  hookHandler,
  completion,
  summary,
  sessions,
  session,
  trends,
  trace,
  agents,
  skills,
  insights,
  tasks,
  context,
  failures,
  prices,
  reprice,
  statusline,
  sql,
  exportCommand,
];
