export * from './error.ts';
export { peek } from './first-bytes.ts';
export type { OpeningLimits } from './limits.ts';
export * from './open.ts';
export type { PgpKeys } from './pgp.ts';
