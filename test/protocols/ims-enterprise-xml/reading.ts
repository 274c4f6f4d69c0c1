import { createHash } from 'node:crypto';
import { makeImsEnterpriseXmlReader, type ReaderSettings } from '../../../src/protocols/ims-enterprise-xml/index.ts';
import { type FeedItem, type Fingerprints, type ReadOptions, UnreadableFile } from '../../../src/sync/index.ts';

/** What a test reads from a file: its items, by kind, and the error that ended it. */
export interface Outcome {
  readonly items: readonly FeedItem[];
  readonly batches: readonly number[];
  readonly error: UnreadableFile | undefined;
}

export type RecordItem = Extract<FeedItem, { kind: 'record' }>;

export async function* pieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let from = 0; from < bytes.length; from += size) yield bytes.subarray(from, from + size);
}

const defaults: ReadOptions = {
  file: 'test.xml',
  namespace: 'default',
  sourceInKey: false,
  timeZone: 'UTC',
  mode: 'changes',
  workFolder: '',
  fingerprints: fingerprintsOf(() => false),
};

/** Fingerprints that are plain hashes; `known` answers for the bytes of a record, one character each, and their hash. */
export function fingerprintsOf(known: (bytes: string, hash: string) => boolean): Fingerprints {
  let last = '';
  return {
    container: (key) => createHash('sha256').update(key).digest().readBigUInt64BE(),
    known(type, seed, bytes, from, to) {
      const text = Buffer.from(bytes.subarray(from, to)).toString('latin1');
      last = createHash('sha256').update(`${type} ${seed} ${text}`).digest('hex').slice(0, 16);
      return known(text, last);
    },
    hash: () => last,
  };
}

export async function readFeed(
  input: string | Uint8Array | AsyncIterable<Uint8Array>,
  options: Partial<ReadOptions> = {},
  settings: ReaderSettings = {},
): Promise<Outcome> {
  const items: FeedItem[] = [];
  const batches: number[] = [];
  const bytes =
    typeof input === 'string'
      ? pieces(Buffer.from(input), 7919)
      : input instanceof Uint8Array
        ? pieces(input, 7919)
        : input;
  try {
    for await (const batch of makeImsEnterpriseXmlReader(settings).read(bytes, { ...defaults, ...options })) {
      batches.push(batch.length);
      items.push(...batch);
    }
  } catch (error) {
    if (!(error instanceof UnreadableFile)) throw error;
    return { items, batches, error };
  }
  return { items, batches, error: undefined };
}

export function recordsOf(outcome: Outcome): RecordItem[] {
  return outcome.items.filter((item) => item.kind === 'record');
}

/** Counts of items: records by type and operation, notices and rejections by kind, others by kind. */
export function tally(outcome: Outcome): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const item of outcome.items) {
    const name =
      item.kind === 'record'
        ? `${item.type} ${item.change.op}`
        : item.kind === 'notice' || item.kind === 'rejected'
          ? item.notice
          : item.kind;
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}

export function noticesOf(outcome: Outcome, kind: string) {
  return outcome.items.filter((item) => item.kind === 'notice' && item.notice === kind);
}

export const enterprise = (content: string) =>
  `<enterprise><properties><datasource>t</datasource></properties>${content}</enterprise>`;
export const sourced = (id: string, source = 'S') => `<sourcedid><source>${source}</source><id>${id}</id></sourcedid>`;
