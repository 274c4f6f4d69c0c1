/** A day as `YYYY-MM-DD`; `exact` where it was written so. */
export interface Day {
  readonly day: string;
  readonly exact: boolean;
}

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

/**
 * Reads the day of a date or time as senders write it: `YYYY-MM-DD`, with a time behind it, `YYYYMMDD`, `YYYY/MM/DD`,
 * `YYYY-MM-DD_HHMM`, `28/Oct/2005`, `28.10.2005`. Undefined for anything else, days that no calendar has included.
 */
export function parseDay(text: string): Day | undefined {
  const trimmed = text.trim();
  const iso = /^(\d{4})-(\d\d)-(\d\d)(?:[T\s_]\s*[0-9:.,]+\s*(?:[AaPp][Mm])?\s*(?:Z|[+-]\d\d:?\d\d)?)?$/.exec(trimmed);
  if (iso !== null) return day(iso[1], iso[2], iso[3], trimmed.length === 10 || trimmed.charAt(10) === 'T');
  const plain = /^(\d{4})(?:(\d\d)(\d\d)|\/(\d\d?)\/(\d\d?))(?:[T\s_].*)?$/.exec(trimmed);
  if (plain !== null) return day(plain[1], plain[2] ?? plain[4], plain[3] ?? plain[5], false);
  const dotted = /^(\d\d?)\.(\d\d?)\.(\d{4})(?:\s.*)?$/.exec(trimmed);
  if (dotted !== null) return day(dotted[3], dotted[2], dotted[1], false);
  const named = /^(\d\d?)[/\s-]([A-Za-z]{3})[A-Za-z]*[/\s-](\d{4})(?:\s.*)?$/.exec(trimmed);
  if (named === null) return undefined;
  const month = months.indexOf((named[2] ?? '').toLowerCase()) + 1;
  return month === 0 ? undefined : day(named[3], String(month), named[1], false);
}

function day(year = '', month = '', date = '', exact: boolean): Day | undefined {
  const text = `${year}-${month.padStart(2, '0')}-${date.padStart(2, '0')}`;
  const time = Date.parse(`${text}T00:00:00Z`);
  if (Number.isNaN(time) || new Date(time).toISOString().slice(0, 10) !== text) return undefined;
  return { day: text, exact };
}
