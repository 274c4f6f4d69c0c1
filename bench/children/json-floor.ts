import { readFileSync } from 'node:fs';
import { type Options, type Role, secondsOf, textOf } from './role.ts';

/** The floor of a snapshot: its whole body is read and parsed at once. */
export async function jsonFloor(options: Options): Promise<Role> {
  const file = textOf(options, 'file');
  return {
    ready: {},
    answer: async () => ({
      seconds: await secondsOf(async () => {
        const { data } = JSON.parse(readFileSync(file, 'utf8')) as { data: { students: unknown[] } };
        if (data.students.length === 0) throw new Error('the snapshot is empty');
      }),
    }),
    close: async () => undefined,
  };
}
