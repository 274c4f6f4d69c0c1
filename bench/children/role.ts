import type { ChildAnswer } from '../child-process.ts';

/** Options of a process, as its parent sent them. */
export type Options = Readonly<Record<string, unknown>>;

/** A role that a child process of the bench plays. */
export interface Role {
  /** What the parent is told first. */
  readonly ready: ChildAnswer;
  /** Answers a question of the parent. */
  answer(question: Options): Promise<ChildAnswer>;
  /** Lets go of everything. */
  close(): Promise<void>;
}

/** A text among the options. */
export function textOf(options: Options, name: string): string {
  const value = options[name];
  if (typeof value !== 'string') throw new Error(`the option ${name} is missing`);
  return value;
}

/** Seconds that an action takes, to the millisecond. */
export async function secondsOf(action: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await action();
  return Math.round(performance.now() - began) / 1000;
}
