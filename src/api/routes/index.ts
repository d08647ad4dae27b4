/** Every route of the API. */
export { alertHistory, alerts } from './alerts.js';
export { cost, reliability, tools, trend } from './analytics.js';
export { outcomes } from './outcomes.js';
export { overview } from './overview.js';
export { agents, checks, coverage, hints, limits, skills, tasks } from './lists.js';
export { contents, session, timeline } from './session.js';
export { sessions } from './sessions.js';
export { summary } from './summary.js';
export { anomalies, correlation, entities, links, prompts, threads } from './work.js';
export { breakdown, series, totals } from './usage.js';
