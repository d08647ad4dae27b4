/**
 * A stored name, safe to show on a terminal or a page. Names come from outside: a control character could move the
 * cursor, change colours or reverse the direction of the text, so each becomes a visible mark.
 */
export function plain(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '\ufffd');
}
