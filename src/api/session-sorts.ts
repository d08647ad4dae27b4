/** What sessions can be sorted by: the page needs these names, and may not import from pipes. */
export { sessionOrders, sessionSorts } from '../pipes/parts/session-sorts.js';
