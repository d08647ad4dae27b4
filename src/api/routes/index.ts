/** Every route of the API. */
export { cost, tools, trend } from './analytics.js';
export { overview } from './overview.js';
export { contents, session, timeline } from './session.js';
export { sessions } from './sessions.js';
export { summary } from './summary.js';
