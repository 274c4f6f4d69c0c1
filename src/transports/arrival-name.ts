/** Characters of a name that is shown. */
const longest = 255;

/** What a file is called in reports: the last part of its path, without control characters. */
export function arrivalName(path: string): string {
  const last = path.split(/[/\\]/).findLast((part) => part !== '') ?? '';
  const clean = last.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, '').slice(0, longest);
  return clean === '' ? 'file' : clean;
}
