import type { BigIntStats } from 'node:fs';

/** What tells a file from others of its name: bytes, times of its content and of its name, and its place on the disk. */
export function versionOf({ size, mtimeNs, ctimeNs, ino }: BigIntStats): string {
  return [size, mtimeNs, ctimeNs, ino].map((value) => value.toString(36)).join('-');
}
