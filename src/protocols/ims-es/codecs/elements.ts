import { isDay } from '../../../base/instant.ts';
import { element, escapeText } from '../../../wire/index.ts';

/** Cuts a text to so many characters (code points), as the schemas limit it. */
export function clip(text: string, limit: number): string {
  if (text.length <= limit) return text;
  return Array.from(text).slice(0, limit).join('');
}

/** Writes an element with a text; nothing where there is no text that XML can carry. */
export function leaf(name: string, text: string | undefined, limit?: number): string {
  if (text === undefined) return '';
  const escaped = escapeText(limit === undefined ? text : clip(text, limit));
  return escaped === '' ? '' : element(name, undefined, escaped);
}

/** Writes an element around others; nothing where there are none. */
export function branch(name: string, ...content: readonly string[]): string {
  const inside = content.join('');
  return inside === '' ? '' : element(name, undefined, inside);
}

/** Writes an xs:boolean; nothing for undefined. */
export function flag(name: string, value: boolean | undefined): string {
  return value === undefined ? '' : element(name, undefined, String(value));
}

/** Writes an xs:date; nothing for what is no day. */
export function day(name: string, value: string | undefined): string {
  return value !== undefined && isDay(value) ? element(name, undefined, value) : '';
}

/** Writes a `sourcedId`-like element around a `common:identifier`. */
export function identified(name: string, id: string): string {
  return element(name, undefined, leaf('c:identifier', id, 1024));
}

/** A kept value as an object; empty when it is none. */
export function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}

/** A kept value as a list; empty when it is none. */
export function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
