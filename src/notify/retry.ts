import type { Retry } from '../jobs/index.ts';

/** When notices and mails that could not go out are tried again: for most of a day, from a minute to three hours apart. */
export const noticeRetry: Retry = { attempts: 14, firstMs: 60_000, mostMs: 3 * 3_600_000 };
