import type { Command } from 'commander';
import type { CommandLineDeps } from '../deps.ts';

/** Adds commands to the program; `run` takes the work of one and keeps its exit code. */
export type AddCommands = (
  program: Command,
  deps: CommandLineDeps,
  run: (work: Promise<number>) => Promise<void>,
) => void;
