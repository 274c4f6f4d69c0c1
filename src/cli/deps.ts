import type { Readable } from 'node:stream';

/** Where texts go. */
export interface Sink {
  readonly isTTY?: boolean;
  readonly columns?: number;
  /** `done` is called when it may take more, with an error where it takes nothing any more. */
  write(data: string | Uint8Array, done?: (error?: Error | null) => void): unknown;
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
