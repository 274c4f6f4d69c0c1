import { type FileHandle, mkdir, open, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** A copy that is being made. */
export interface NearCopy {
  write(bytes: Uint8Array): Promise<void>;
  /** It is whole. */
  end(): Promise<void>;
  drop(): Promise<void>;
}

/** Copies of files that this process has just stored; each is read once and gone then. */
export interface NearCopies {
  begin(name: string): Promise<NearCopy>;
  /** Reads the copy, or what `far` gives where there is none. */
  read(name: string, far: () => AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array>;
  drop(name: string): Promise<void>;
}

/** Copies that wait to be read; for more files it is not worth the room on the disk. */
const most = 2;
const readBytes = 262_144;

/** Makes {@link NearCopies} in a folder; the next start clears away what a process that died has left. */
export function makeNearCopies(folder: string): NearCopies {
  const whole = new Map<string, string>();
  let made = 0;

  async function drop(name: string): Promise<void> {
    const path = whole.get(name);
    whole.delete(name);
    if (path !== undefined) await rm(path, { force: true });
  }

  return {
    drop,
    async begin(name) {
      made += 1;
      const path = join(folder, `plan-${process.pid}-copy-${made}`);
      let file: FileHandle | undefined;
      const giveUp = async () => {
        await file?.close().catch(() => undefined);
        file = undefined;
        await rm(path, { force: true });
      };
      try {
        await mkdir(folder, { recursive: true, mode: 0o700 });
        file = await open(path, 'w', 0o600);
      } catch {
        // Without a copy the file is fetched back.
      }
      return {
        async write(bytes) {
          try {
            await file?.write(bytes);
          } catch {
            await giveUp();
          }
        },
        async end() {
          if (file === undefined) return;
          await file.close();
          whole.set(name, path);
          for (const old of [...whole.keys()].slice(0, -most)) await drop(old);
        },
        drop: giveUp,
      };
    },
    async *read(name, far) {
      const path = whole.get(name);
      const file = path === undefined ? undefined : await open(path, 'r').catch(() => undefined);
      await drop(name);
      if (file === undefined) {
        yield* far();
        return;
      }
      try {
        for (;;) {
          const { bytesRead, buffer } = await file.read({ buffer: Buffer.allocUnsafeSlow(readBytes) });
          if (bytesRead === 0) return;
          yield buffer.subarray(0, bytesRead);
        }
      } finally {
        await file.close();
      }
    },
  };
}
