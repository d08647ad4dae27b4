/** The catalogue: every table and every question, as the SDK's CLI deploys them (`tinybird.json` names this file). */
export * from './datasources/index.js';
export * from './pipes/index.js';
export * from './pipes/views/index.js';
