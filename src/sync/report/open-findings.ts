import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { FindingList, FindingPacks, FindingPlace, KindCount } from '../../store/index.ts';
import type { Findings } from './findings.ts';
import { itemsOf } from './packs.ts';

const pack = promisify(gzip);
/** A pack is full with so many items or characters. */
const packItems = 500;
const packCharacters = 1_000_000;
/** The most items of each list; beyond them only their number is kept. */
const most: Readonly<Record<FindingList, number>> = { problem: 100_000, change: 1_000_000, pair: 100_000 };
const words: Readonly<Record<FindingList, string>> = { problem: 'problems', change: 'changes', pair: 'pairs' };
/** Place of the notes on what is not listed: behind all that is. */
const notesAt = 1_000_000_000;

interface Tail {
  n: number;
  lines: string[];
  kinds: Map<string, { kind: string; type: string; count: number }>;
  characters: number;
  changed: boolean;
  listed: number;
  left: number;
}

/**
 * Begins the lists of an attempt at a run, or goes on with the problems of the attempt before it, each of which is listed
 * once. Full packs are written on their way; memory does not grow with the lists.
 */
export async function openFindings(packs: FindingPacks, place: FindingPlace, goesOn: boolean): Promise<Findings> {
  await packs.begin(place, goesOn ? ['problem'] : []);
  const tails: Record<FindingList, Tail> = { problem: newTail(), change: newTail(), pair: newTail() };
  const known = new Set<string>();
  if (goesOn) {
    for await (const { n, packed } of packs.read(place, 'problem', 0)) {
      const lines = await itemsOf(packed);
      if (n === notesAt) continue;
      for (const line of lines) known.add(line);
      tails.problem.n = n + 1;
      tails.problem.listed += lines.length;
    }
  }
  let writing: Promise<void> = Promise.resolve();
  let failure: { error: unknown } | undefined;

  function write(list: FindingList, n: number, lines: readonly string[], kinds: readonly KindCount[]): void {
    const text = lines.join('\n');
    writing = writing
      .then(async () => packs.put(place, list, { n, kinds, packed: await pack(text, { level: 3 }) }))
      .catch((error: unknown) => {
        failure ??= { error };
      });
  }

  function writeTail(list: FindingList): void {
    const tail = tails[list];
    if (!tail.changed) return;
    write(list, tail.n, tail.lines, [...tail.kinds.values()]);
    tail.changed = false;
    if (tail.lines.length >= packItems || tail.characters >= packCharacters) {
      const { n, listed, left } = tail;
      tails[list] = { ...newTail(), n: n + 1, listed, left };
    }
  }

  function add(list: FindingList, kind: string, type: string, item: object): void {
    const tail = tails[list];
    if (tail.listed >= most[list]) {
      tail.left += 1;
      return;
    }
    const line = JSON.stringify(item);
    if (known.has(line)) return;
    const name = `${kind} ${type}`;
    const there = tail.kinds.get(name);
    if (there === undefined) tail.kinds.set(name, { kind, type, count: 1 });
    else there.count += 1;
    tail.lines.push(line);
    tail.characters += line.length;
    tail.changed = true;
    tail.listed += 1;
    if (tail.lines.length >= packItems || tail.characters >= packCharacters) writeTail(list);
  }

  function writeNotes(): void {
    const cut = (['problem', 'change', 'pair'] as const).filter((list) => tails[list].left > 0);
    if (cut.length === 0) return;
    const kind = 'warning.list-cut';
    const lines = cut.map((list) => {
      const message = `${tails[list].left} more ${words[list]} are not listed; the list has the first ${most[list]}.`;
      return JSON.stringify({ kind, type: null, file: null, line: null, id: null, field: null, message });
    });
    write('problem', notesAt, lines, [{ kind, type: '', count: lines.length }]);
  }

  return {
    problem: (item) => add('problem', item.kind, item.type ?? '', item),
    change: (item) => add('change', item.action, item.type, item),
    pair: (item) => add('pair', item.kind, '', item),
    async flush() {
      writeTail('problem');
      writeTail('change');
      writeTail('pair');
      writeNotes();
      await writing;
      if (failure !== undefined) throw failure.error;
    },
  };
}

function newTail(): Tail {
  return { n: 0, lines: [], kinds: new Map(), characters: 0, changed: false, listed: 0, left: 0 };
}
