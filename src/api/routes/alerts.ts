/** The routes that read rules of alerts and budgets, and their history. */
import * as z from 'zod/mini';
import { alertHistory as alertHistoryPipe, alertList } from '../../pipes/index.js';
import { alertHistoryOrder } from '../../pipes/alert-history.js';
import { rowsSchema } from '../../store/row-schema.js';
import { text } from '../parameters.js';
import { defineRoute } from '../route.js';
import { askAfter, cursorSchema, sliceParameters } from '../slice.js';
import { readWindow, windowParameters, windowSchema } from '../window.js';

const ruleParameter = { rule: text('the name of a rule') };

export const alerts = defineRoute({
  path: '/v1/alerts',
  summary: 'Which rules of alerts and budgets are there, and which are firing? The worst state first.',
  parameters: { ...windowParameters, ...ruleParameter },
  pipes: [alertList],
  answer: z.strictObject({ window: windowSchema, alerts: rowsSchema(alertList) }),
  async ask({ client, given, now }) {
    const { params, window } = readWindow(given, now);
    const rule = given.rule === undefined ? {} : { rule: given.rule };
    return { window, alerts: await client.alertList.query({ ...params, ...rule }) };
  },
});

export const alertHistory = defineRoute({
  path: '/v1/alerts/history',
  summary: 'When did rules fire and end, and with which figures? A page, the newest first.',
  parameters: { ...windowParameters, ...sliceParameters, ...ruleParameter },
  pipes: [alertHistoryPipe],
  answer: z.strictObject({
    window: windowSchema,
    changes: rowsSchema(alertHistoryPipe),
    /** Cursor of the next page; null on the last page. */
    next_cursor: cursorSchema,
  }),
  async ask({ client, given, now }) {
    const { params, window } = readWindow(given, now);
    const rule = given.rule === undefined ? {} : { rule: given.rule };
    const { rows, next_cursor } = await askAfter(
      given,
      { name: 'alert history', order: alertHistoryOrder },
      (slice) => client.alertHistory.query({ ...params, ...rule, ...slice }),
    );
    return { window, changes: rows, next_cursor };
  },
});
