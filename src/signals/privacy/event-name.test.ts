import { expect, it } from 'vitest';
import { secretsInContext, plainWord } from '../../../tests/helpers/secrets.js';
import { eventNameOf } from './event-name.js';

it.each([
  ['UserPromptSubmit', 'user_prompt_submit'],
  ['api_request', 'api_request'],
  ['at-mention.v2', 'at_mention_v2'],
  ['valueOf', 'value_of'],
  ['', 'unknown'],
  ['___', 'unknown'],
  ['please fix the login page', 'unknown'],
])('the event %j is called %s', (text, name) => {
  expect(eventNameOf(text)).toBe(name);
});

it('no event is called after a secret', () => {
  const texts = [...secretsInContext.map(([, text]) => text), `password=${plainWord}`];
  for (const text of texts) expect(eventNameOf(text)).not.toContain(plainWord);
});
