/** A time as the store tells it (`YYYY-MM-DD HH:MM:SS[.mmm]`, UTC). */
export function storeMoment(text: string): Date {
  return new Date(`${text.replace(' ', 'T')}Z`);
}

/** A moment as the store tells it. */
export function storeText(moment: Date): string {
  return moment.toISOString().replace('T', ' ').replace('Z', '');
}
