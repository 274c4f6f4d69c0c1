/** What a field cannot hold as it is. */
const special = /[",\p{Cc}]/u;

/**
 * Writes one row (RFC 4180) with its line end. Line breaks become a space, since OneRoster allows none in a field (CSV
 * binding, section 2), and other control characters but tabs are left out; all else is written exactly, formulas of
 * spreadsheets included, for programs read it.
 */
export function csvRow(fields: readonly (string | undefined)[]): string {
  let row = '';
  for (let at = 0; at < fields.length; at += 1) {
    const field = fields[at];
    if (at > 0) row += ',';
    if (field !== undefined && field !== '') row += special.test(field) ? quoted(field) : field;
  }
  return `${row}\r\n`;
}

function quoted(field: string): string {
  const clean = field.replace(/\r\n|[\r\n\u0085]/g, ' ').replace(/[^\P{Cc}\t]/gu, '');
  return /[",]/.test(clean) ? `"${clean.replaceAll('"', '""')}"` : clean;
}
