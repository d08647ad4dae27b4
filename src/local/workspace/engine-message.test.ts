import { expect, it } from 'vitest';
import { messageWithoutQuery } from './engine-message.js';

it.each([
  [
    "Code: 41. DB::Exception: Cannot read DateTime: unexpected word: Cannot parse DateTime64(3) from String: In scope SELECT toDateTime64('zzz', 3) AS a FROM ws_local.t AS t. (CANNOT_PARSE_DATETIME)",
    'Cannot read DateTime: unexpected word: Cannot parse DateTime64(3) from String. (CANNOT_PARSE_DATETIME)',
  ],
  [
    'Unknown expression identifier `zzz` in scope SELECT zzz FROM ws_local.t. (UNKNOWN_IDENTIFIER)',
    'Unknown expression identifier `zzz`. (UNKNOWN_IDENTIFIER)',
  ],
  [
    "Value for 2nd argument must be positive: while executing function f on arguments __table1.at, 'x'. (ARGUMENT_OUT_OF_BOUND)",
    'Value for 2nd argument must be positive. (ARGUMENT_OUT_OF_BOUND)',
  ],
  [
    "Syntax error: failed at position 43 (z) (line 2, col 9): z FROM t WHERE file = 'a'\n). Expected one of: token, Comma. (SYNTAX_ERROR)",
    'Syntax error at z in line 1, column 9. (SYNTAX_ERROR)',
  ],
  [
    'Column n in table ws_local__b.`t` (c630c5e9-026e-4658-a054-acf0daf8a871) specified more than once. (DUPLICATE_COLUMN)',
    'Column n in table t specified more than once. (DUPLICATE_COLUMN)',
  ],
  [
    "Storage ws_local.t doesn't support sampling. (SAMPLING_NOT_SUPPORTED)",
    "Storage t doesn't support sampling. (SAMPLING_NOT_SUPPORTED)",
  ],
  [
    "Cannot convert string 'a' to type UInt32. (TYPE_MISMATCH)",
    "Cannot convert string 'a' to type UInt32. (TYPE_MISMATCH)",
  ],
])('an error of the engine is reported without the query: %s', (message, expected) => {
  expect(messageWithoutQuery(message)).toBe(expected);
});
