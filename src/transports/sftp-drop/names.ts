import { posix } from 'node:path';

/** Bytes of the longest name that is taken. */
const longestName = 200;
const onTheWay = /(?:\.(?:part|partial|filepart|tmp|temp|uploading|crdownload|swp)|~)$/i;

/** What a path of a client means: there is one folder, and its files. */
export type DropPath =
  | { readonly kind: 'folder' }
  | { readonly kind: 'file'; readonly name: string }
  | { readonly kind: 'none' };

/** Reads a path as seen from the feed's folder; `..` ends there. */
export function readDropPath(path: string): DropPath {
  if (path.length > 4_096 || path.includes('\0')) return { kind: 'none' };
  const [name, ...deeper] = posix
    .resolve('/', path)
    .split('/')
    .filter((part) => part !== '');
  if (name === undefined) return { kind: 'folder' };
  const isName = deeper.length === 0 && Buffer.byteLength(name) <= longestName && !/[\p{Cc}\p{Cs}\\]/u.test(name);
  return isName ? { kind: 'file', name } : { kind: 'none' };
}

/** Whether programs give such a name to a file while they send it, and rename it then. */
export function isOnTheWay(name: string): boolean {
  return onTheWay.test(name) || name.startsWith('.');
}
