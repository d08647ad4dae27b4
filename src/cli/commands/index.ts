/** All commands, in the order of the help: each definition with its action, which is loaded when the command runs. */
import { command, type CliCommand } from '../shared/command.js';
import { question, questionOrLog } from '../shared/question.js';
import { agents } from './agents.js';
import { alerts } from './alerts.js';
import { audit } from './audit.js';
import { backfill } from './backfill.js';
import { budget } from './budget.js';
import { checks } from './checks.js';
import { commits } from './commits.js';
import { completion } from './completion.js';
import { context } from './context.js';
import { daily } from './daily.js';
import { deploy } from './deploy.js';
import { dead } from './dead.js';
import { doctor } from './doctor.js';
import { down } from './down.js';
import { emit } from './emit.js';
import { exportCommand } from './export.js';
import { failures } from './failures.js';
import { flush } from './flush.js';
import { hookHandler } from './hook-handler.js';
import { importCommand } from './import.js';
import { init } from './init.js';
import { insights } from './insights.js';
import { limits } from './limits.js';
import { live } from './live.js';
import { mcp } from './mcp.js';
import { models } from './models.js';
import { monthly } from './monthly.js';
import { open } from './open.js';
import { outcomes } from './outcomes.js';
import { prices } from './prices.js';
import { privacy } from './privacy.js';
import { projects } from './projects.js';
import { prs } from './prs.js';
import { prune } from './prune.js';
import { reprice } from './reprice.js';
import { restart } from './restart.js';
import { run } from './run.js';
import { service } from './service.js';
import { session } from './session.js';
import { sessions } from './sessions.js';
import { skills } from './skills.js';
import { sql } from './sql.js';
import { status } from './status.js';
import { statusline } from './statusline.js';
import { store } from './store.js';
import { summary } from './summary.js';
import { tasks } from './tasks.js';
import { tinybird } from './tinybird.js';
import { trace } from './trace.js';
import { trends } from './trends.js';
import { up } from './up.js';
import { weekly } from './weekly.js';

export const commands: readonly CliCommand[] = [
  command(up, () => import('../actions/up.js')),
  command(down, () => import('../actions/down.js')),
  command(restart, () => import('../actions/restart.js')),
  command(service, () => import('../actions/service.js')),
  command(init, () => import('../actions/init.js')),
  command(backfill, () => import('../actions/backfill.js')),
  command(importCommand, () => import('../actions/import.js')),
  command(open, () => import('../actions/open.js')),
  command(status, () => import('../actions/status.js')),
  command(doctor, () => import('../actions/doctor.js')),
  command(dead, () => import('../actions/dead.js')),
  command(privacy, () => import('../actions/privacy.js')),
  command(store, () => import('../actions/store.js')),
  command(flush, () => import('../actions/flush.js')),
  command(deploy, () => import('../actions/deploy.js')),
  command(reprice, () => import('../actions/reprice.js')),
  questionOrLog(
    summary,
    () => import('../actions/summary.js'),
    () => import('../actions/summary-log.js'),
  ),
  question(daily, () => import('../actions/daily.js')),
  question(weekly, () => import('../actions/weekly.js')),
  question(monthly, () => import('../actions/monthly.js')),
  question(live, () => import('../actions/live.js')),
  question(limits, () => import('../actions/limits.js')),
  question(alerts, () => import('../actions/alerts.js')),
  question(budget, () => import('../actions/budget.js')),
  question(models, () => import('../actions/models.js')),
  question(projects, () => import('../actions/projects.js')),
  question(outcomes, () => import('../actions/outcomes.js')),
  question(commits, () => import('../actions/commits.js')),
  question(prs, () => import('../actions/prs.js')),
  question(checks, () => import('../actions/checks.js')),
  question(sessions, () => import('../actions/sessions.js')),
  question(session, () => import('../actions/session.js')),
  questionOrLog(
    trends,
    () => import('../actions/trends.js'),
    () => import('../actions/trends-log.js'),
  ),
  question(agents, () => import('../actions/agents.js')),
  question(skills, () => import('../actions/skills.js')),
  question(insights, () => import('../actions/insights.js')),
  question(audit, () => import('../actions/audit.js')),
  question(prices, () => import('../actions/prices.js')),
  command(emit, () => import('../actions/emit.js')),
  command(run, () => import('../actions/run.js')),
  question(tasks, () => import('../actions/tasks.js')),
  questionOrLog(
    trace,
    () => import('../actions/trace.js'),
    () => import('../actions/trace-log.js'),
  ),
  question(context, () => import('../actions/context.js')),
  question(failures, () => import('../actions/failures.js')),
  command(tinybird, () => import('../actions/tinybird.js')),
  command(prune, () => import('../actions/prune.js')),
  questionOrLog(
    exportCommand,
    () => import('../actions/export.js'),
    () => import('../actions/export-log.js'),
  ),
  question(sql, () => import('../actions/sql.js')),
  command(mcp, () => import('../actions/mcp.js')),
  command(hookHandler, () => import('../actions/hook-handler.js')),
  command(statusline, () => import('../actions/statusline.js')),
  command(completion, () => import('../actions/completion.js')),
];
