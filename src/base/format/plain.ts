/**
 * A stored name as a terminal or a page may show it. Names come from whoever named the thing: a control character in
 * one could move the cursor, recolour the screen or turn the direction of a text, so each becomes a visible mark.
 */
export function plain(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '\ufffd');
}
