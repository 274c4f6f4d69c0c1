import { createReadStream } from 'node:fs';
import { parse } from 'csv-parse';
import { type Options, type Role, secondsOf, textOf } from './role.ts';

async function pass(path: string): Promise<void> {
  const parser = createReadStream(path, { highWaterMark: 262_144 }).pipe(parse());
  let cells = 0;
  for await (const row of parser as AsyncIterable<string[]>) cells += row.length;
  if (cells === 0) throw new Error('the list is empty');
}

/** The floor of a list: it is parsed once, and nothing is done with its rows. */
export async function csvFloor(options: Options): Promise<Role> {
  const file = textOf(options, 'file');
  return {
    ready: {},
    answer: async () => ({ seconds: await secondsOf(() => pass(file)) }),
    close: () => Promise.resolve(),
  };
}
