import { sha256 } from '../base/ids.ts';

/** Characters of a name that is shown. */
const longest = 255;

/** What a file is called in reports: the last part of its path, without control characters. */
export function arrivalName(path: string): string {
  const last = path.split(/[/\\]/).findLast((part) => part !== '') ?? '';
  const clean = last.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, '').slice(0, longest);
  return clean === '' ? 'file' : clean;
}

/**
 * What a file is called that is known again by its name: as {@link arrivalName}, but files of different names are never called
 * the same.
 */
export function distinctName(name: string): string {
  const shown = arrivalName(name);
  return shown === name ? name : `${shown.slice(0, longest - 9)}~${sha256(name).slice(0, 8)}`;
}
