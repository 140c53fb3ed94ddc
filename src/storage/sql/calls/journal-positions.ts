/** The counter with the highest key of a mail that was forgotten: a key is never given twice. */
export const FORGOTTEN = 'journal.forgotten';
/** The counter with the key up to which personal data were removed by age. */
export const ANONYMIZED = 'journal.anonymized';
