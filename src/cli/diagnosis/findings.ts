/** What `atel doctor` finds in the data of `atel status`: pure, so that each finding can be tested. */
import { captureFindings } from './capture-findings.js';
import { deliveryFindings } from './delivery-findings.js';
import { inOrder, type Finding } from './finding.js';
import { lossFindings } from './loss-findings.js';
import type { Status } from './state.js';
import { storeFindings } from './store-findings.js';

/** Everything that is wrong or worth knowing, the most important first. */
export function findingsOf(current: Status, now = Date.now()): Finding[] {
  return inOrder([
    ...captureFindings(current),
    ...storeFindings(current, now),
    ...deliveryFindings(current),
    ...lossFindings(current, now),
  ]);
}

/** What only the doctor calls a problem: a folder may have no hooks on purpose, and old history may be left unread. */
const forDoctorAlone: readonly string[] = ['no_hooks', 'history_expiring'];

/** Whether recording, the store and delivery work, and nothing was lost: then `atel status` exits with 0. */
export function isWell(current: Status, now = Date.now()): boolean {
  return findingsOf(current, now).every(
    ({ id, severity }) => severity === 'hint' || forDoctorAlone.includes(id),
  );
}
