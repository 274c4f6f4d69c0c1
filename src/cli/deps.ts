import type { Readable } from 'node:stream';

/** Where texts go. */
export interface Sink {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

/** What the command line gets from its process. */
export interface CommandLineDeps {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdin: Readable;
  readonly stdout: Sink;
  readonly stderr: Sink;
  /** Calls back when a person or the system asks to stop; answers how not to be called any more. */
  onInterrupt(call: () => void): () => void;
  /** Starts the gateway in this process. */
  start(): Promise<void>;
}
