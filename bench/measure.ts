import type { Child, ChildOptions } from './child-process.ts';
import type { Later, RosterSize } from './roster-xml.ts';

/** What a measure found; one line of output. */
export interface Finding {
  readonly bench: string;
  readonly value: number;
  readonly floor: number;
  /** How close to the floor: 1 is the floor itself, 0.5 half as fast or twice as much memory. */
  readonly ratio: number;
  readonly unit: 'records/s' | 'requests/s' | 'MB' | 'MB/s' | 'ms';
}

/** A database with the generated roster in it, and how it came there. */
export interface Imported {
  readonly database: string;
  readonly file: string;
  readonly size: RosterSize;
  /** Persons, groups and memberships in the file. */
  readonly records: number;
  /** Seconds of the first import, and of the same records in a later file. */
  readonly first: number;
  readonly again: number;
}

/** What measures work with. */
export interface Bench {
  /** Factor for the amount of data and requests; 1 unless told. */
  readonly scale: number;
  /** Address of the MongoDB server that all measures share. */
  readonly uri: string;
  /** Folder for files; removed at the end. */
  readonly folder: string;
  /** Tells a person what happens. */
  say(line: string): void;
  /** A name for a database that nobody has used. */
  freshDatabase(): string;
  dropDatabase(name: string): Promise<void>;
  /** What the server has spent its time on in a database, for people. */
  serverTimes(name: string): Promise<string>;
  /** Writes a generated roster file, the first one or a later one; the same is written once. */
  rosterFile(size: RosterSize, later?: Later): { path: string; bytes: number; records: number };
  /** Starts a process of the bench; its first answer has come when this resolves. */
  start(role: string, options: ChildOptions): Promise<Child>;
  /** The database of the first import, made on first use. */
  imported(): Promise<Imported>;
}

/** A measure by name. */
export interface Measure {
  readonly name: string;
  /** Undefined: it cannot be done on this machine; it has said why. */
  run(bench: Bench): Promise<Finding | undefined>;
}

/** A finding about speed: more is better. */
export function speed(bench: string, value: number, floor: number, unit: Finding['unit']): Finding {
  return { bench, value: round(value), floor: round(floor), ratio: round(value / floor), unit };
}

/** A finding about size or time: less is better. */
export function least(bench: string, value: number, floor: number, unit: Finding['unit']): Finding {
  return { bench, value: round(value), floor: round(floor), ratio: round(floor / value), unit };
}

/** Three significant digits for what is small, whole numbers for what is large. */
function round(value: number): number {
  return Math.abs(value) >= 100 ? Math.round(value) : Number(value.toPrecision(3));
}
