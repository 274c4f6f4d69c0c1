import { createReadStream } from 'node:fs';
import { SaxesParser } from 'saxes';
import { type Options, type Role, secondsOf, textOf } from './role.ts';

async function pass(path: string): Promise<void> {
  const parser = new SaxesParser();
  parser.on('opentag', () => undefined);
  parser.on('closetag', () => undefined);
  parser.on('text', () => undefined);
  const decoder = new TextDecoder('utf-8', { fatal: true });
  for await (const chunk of createReadStream(path, { highWaterMark: 262_144 })) {
    parser.write(decoder.decode(chunk as Buffer, { stream: true }));
  }
  parser.write(decoder.decode());
  parser.close();
}

/** The floor of an unchanged file: it is parsed once, and nothing is done with what is found. */
export async function saxesFloor(options: Options): Promise<Role> {
  const file = textOf(options, 'file');
  return {
    ready: {},
    answer: async () => ({ seconds: await secondsOf(() => pass(file)) }),
    close: () => Promise.resolve(),
  };
}
