/** What sessions can be sorted by: the page needs these names, and may not import from pipes. */
export {
  sessionOrders,
  sessionSorts,
  type SessionSort,
  type SortedBy,
} from '../pipes/parts/session-sorts.js';
