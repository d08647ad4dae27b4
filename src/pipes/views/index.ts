/** The materialised views: what fills the tables that take no rows. */
export { boundByEvents } from './bound-by-events.js';
export { boundByRequests } from './bound-by-requests.js';
export { boundTasks } from './bound-tasks.js';
export { keepCopiedRequests } from './keep-copied-requests.js';
export { keepMainMessages } from './keep-main-messages.js';
export { keepNamelessMessages } from './keep-nameless-messages.js';
export { keepSideQuestions } from './keep-side-questions.js';
export { keepUnpricedMonths } from './keep-unpriced-months.js';
export { listSkills } from './list-skills.js';
export { mergeRequests } from './merge-requests.js';
