import type { SourcedId } from '../../../model/index.ts';

/** The id of a record that cannot be parsed, so that what it means in the store is protected (`feeds.md` 0.3). */
export function idInText(text: string): SourcedId | undefined {
  const raw = (name: string) =>
    new RegExp(`<(?:[\\w.-]+:)?${name}(?:\\s[^<>]*)?>([^<]{1,1000})<`, 'i').exec(text)?.[1]?.trim();
  const id = raw('id');
  if (id === undefined || id === '') return undefined;
  const source = raw('source');
  return source === undefined ? { id: plain(id) } : { source: plain(source), id: plain(id) };
}

function plain(text: string): string {
  return text
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&apos;', "'")
    .replaceAll('&amp;', '&');
}
