/** The materialised views: what fills the tables that take no rows. */
export { boundByEvents } from './bound-by-events.js';
export { boundByRequests } from './bound-by-requests.js';
export { keepMainMessages } from './keep-main-messages.js';
export { keepSideQuestions } from './keep-side-questions.js';
export { mergeRequests } from './merge-requests.js';
