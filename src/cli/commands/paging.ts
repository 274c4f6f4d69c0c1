import { type Command, InvalidArgumentError } from 'commander';
import type { Paging } from '../operations.ts';

/** Options that lists have. */
export interface PagingOptions {
  readonly limit: number;
  readonly cursor?: string;
}

/** Adds `--limit` and `--cursor`. */
export function addPaging(command: Command): Command {
  return command
    .option('--limit <number>', 'the most that is listed, up to 200', limitOf, 50)
    .option('--cursor <cursor>', 'go on where the list before ended');
}

/** What a list takes. */
export function pagingOf({ limit, cursor }: PagingOptions): Paging {
  return { limit, ...(cursor === undefined ? {} : { cursor }) };
}

function limitOf(text: string): number {
  const limit = /^\d{1,3}$/.test(text) ? Number(text) : 0;
  if (limit < 1 || limit > 200) throw new InvalidArgumentError('It must be a whole number from 1 to 200.');
  return limit;
}
