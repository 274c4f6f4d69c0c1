import { isDay } from '../../base/instant.ts';

const dayMs = 86_400_000;
const tokens = /YYYY|MM|DD|M|D/g;

/** Whether a text is a format of dates: `iso`, `unix` (seconds), `unix-ms`, or YYYY, MM or M, DD or D once each with signs between. */
export function isDateFormat(format: string): boolean {
  if (['iso', 'unix', 'unix-ms'].includes(format)) return true;
  const found = (format.match(tokens) ?? []).map((token) => token[0]);
  return found.length === 3 && new Set(found).size === 3 && !/[A-Za-z]/.test(format.replace(tokens, ''));
}

/** The day `YYYY-MM-DD` that a text names in a format, moved by so many days; undefined: none. */
export function dayOf(text: string, format: string, addDays: number): string | undefined {
  const day = dayIn(text.trim(), format);
  if (day === undefined || !isDay(day)) return undefined;
  return addDays === 0 ? day : dayAt(Date.parse(`${day}T00:00:00Z`) + addDays * dayMs);
}

function dayIn(text: string, format: string): string | undefined {
  if (format === 'iso') return /^(\d{4}-\d{2}-\d{2})(?:$|[T ])/.exec(text)?.[1];
  if (format === 'unix' || format === 'unix-ms') {
    return /^-?\d{1,14}$/.test(text) ? dayAt(Number(text) * (format === 'unix' ? 1000 : 1)) : undefined;
  }
  const order = format.match(tokens) ?? [];
  const pieces = format.split(tokens);
  let at = 0;
  const found: Record<string, string> = {};
  for (const [index, token] of order.entries()) {
    const before = pieces[index] ?? '';
    if (!text.startsWith(before, at)) return undefined;
    at += before.length;
    const digits = /^\d+/.exec(text.slice(at, at + (token.length === 1 ? 2 : token.length)))?.[0] ?? '';
    if (digits === '' || (token.length > 1 && digits.length !== token.length)) return undefined;
    found[token[0] ?? ''] = digits.padStart(2, '0');
    at += digits.length;
  }
  if (text.slice(at) !== (pieces.at(-1) ?? '')) return undefined;
  return `${found['Y']}-${found['M']}-${found['D']}`;
}

function dayAt(time: number): string | undefined {
  const date = new Date(time);
  if (Number.isNaN(date.getTime())) return undefined;
  const day = date.toISOString().slice(0, 10);
  return isDay(day) ? day : undefined;
}

/**
 * The school year as OneRoster names it, by the year of its end: of `2026`, `2025-2026`, `2025/26`, or of a day where the year
 * begins in a month. Undefined: none.
 */
export function schoolYearOf(text: string, begins: number): string | undefined {
  const trimmed = text.trim();
  if (/^\d{4}$/.test(trimmed)) return trimmed;
  const [, first = '', second = ''] = /^(\d{4})\s*[-/–]\s*(\d{4}|\d{2})$/.exec(trimmed) ?? [];
  if (first !== '') {
    const end = second.length === 4 ? Number(second) : Number(`${first.slice(0, 2)}${second}`);
    // The last school year of a century ends in the next one.
    const year = end < Number(first) && second.length === 2 ? end + 100 : end;
    return year === Number(first) + 1 ? String(year) : undefined;
  }
  const day = dayIn(trimmed, 'iso');
  if (day === undefined || !isDay(day)) return undefined;
  const [year, month] = [Number(day.slice(0, 4)), Number(day.slice(5, 7))];
  return String(begins > 1 && month >= begins ? year + 1 : year).padStart(4, '0');
}
