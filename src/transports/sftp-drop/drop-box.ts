import type { Clock } from '../../base/clock.ts';
import type { SftpDropSettings } from '../../sync/index.ts';
import type { FeedPlace, Taken } from '../types.ts';
import { isOnTheWay } from './names.ts';
import { removeFile, type Spool, type WholeFile } from './spool.ts';
import { isNoRoom, openUpload, type Upload, type UploadFault } from './upload.ts';

/** Files of a feed that may lie in the spool at once. */
const mostFiles = 200;
/** How many files of the largest size may lie in the spool of a feed at once. */
const mostLargest = 4;
/** Files that were taken in and are still shown. */
const mostShown = 200;

/** How a file stands: on its way, whole and not yet taken in, or what became of it. */
export type DropState = 'coming' | 'waiting' | 'taken' | 'refused';

/** A file as its sender sees it. */
export interface DropItem {
  readonly name: string;
  readonly bytes: number;
  /** In milliseconds since 1970. */
  readonly at: number;
  readonly state: DropState;
}

/** Why something is refused. */
export type DropRefusal = 'absent' | 'denied' | 'exists' | 'in-use' | 'incomplete' | 'too-many' | UploadFault;

/** How a file is opened. */
export interface OpenWay {
  readonly truncate: boolean;
  readonly append: boolean;
  readonly create: boolean;
  readonly exclusive: boolean;
}

/** A file that a client has open. */
export interface OpenFile {
  readonly name: string;
  readonly bytes: number;
  write(at: number, piece: Uint8Array): Promise<DropRefusal | undefined>;
  /** Its sender says how long it is. */
  resize(bytes: number): Promise<void>;
  /** Ends it; a refusal: it is not whole, and is not taken. `by`: who brought it. */
  close(by: string): Promise<DropRefusal | undefined>;
  /** Its client is gone: it is kept, to be gone on with. */
  abandon(): Promise<void>;
}

/** The virtual folder of a feed, for all of its clients. */
export interface DropBox {
  list(): Promise<readonly DropItem[]>;
  find(name: string): Promise<DropItem | undefined>;
  /** Opens a file for writing; whoever has it open is broken off, as after a lost connection. */
  open(name: string, way: OpenWay): Promise<OpenFile | DropRefusal>;
  rename(from: string, to: string, by: string): Promise<DropRefusal | undefined>;
  remove(name: string): Promise<DropRefusal | undefined>;
}

/** What a {@link DropBox} needs. */
export interface DropBoxDeps {
  readonly spool: Spool;
  readonly clock: Clock;
  readonly maxFileBytes: number;
  /** The feed's rules as they are now. */
  rules(): Promise<SftpDropSettings>;
  /** Tells the operator of a fault that ends an upload, once for each. */
  report(fault: UploadFault): void;
  /** Takes a whole file in. */
  take(file: WholeFile, by: string): Promise<Taken['state'] | undefined>;
}

/** Makes the {@link DropBox} of a feed. */
export function makeDropBox(place: FeedPlace, { spool, clock, maxFileBytes, ...deps }: DropBoxDeps): DropBox {
  const open = new Map<string, Upload>();
  const shown = new Map<string, DropItem>();
  const maxHeld = mostLargest * maxFileBytes;
  /** Bytes that lie in the spool, as counted when a file was last opened, and what was written since. */
  let held = 0;
  let last: Promise<unknown> = Promise.resolve();

  /** One after the other: two clients never open, rename or finish files of a feed at once. */
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = last.then(work, work);
    last = mine.catch(() => undefined);
    return mine;
  }

  function show(item: DropItem): void {
    shown.delete(item.name);
    shown.set(item.name, item);
    const [oldest] = shown.keys();
    if (shown.size > mostShown && oldest !== undefined) shown.delete(oldest);
  }

  /** Puts a file to the whole ones and has it taken in, for which nobody waits. */
  async function finish(name: string, by: string): Promise<void> {
    const file = await spool.find(place, name);
    if (file === undefined) return;
    const whole = await spool.finish(place, file);
    const item = { name, bytes: file.bytes, at: clock.now().getTime() };
    show({ ...item, state: 'waiting' });
    deps
      .take(whole, by)
      .then((state) => {
        if (state === undefined || state === 'waiting') return;
        show({ ...item, state: state === 'known' ? 'taken' : state });
      })
      .catch(() => undefined);
  }

  /** A file was closed or was given its last name: takes what is whole by the feed's rule. */
  async function came(name: string, wasRenamed: boolean, by: string): Promise<void> {
    const { whole, markerSuffix } = await deps.rules();
    if (whole === 'marker') {
      const isMarker = name.endsWith(markerSuffix) && name.length > markerSuffix.length;
      const file = isMarker ? name.slice(0, -markerSuffix.length) : name;
      if (!(await isReady(file)) || (await spool.find(place, file + markerSuffix)) === undefined) return;
      await removeFile(await spool.pathOf(place, file + markerSuffix));
      return finish(file, by);
    }
    if (isOnTheWay(name) || (whole === 'rename' && !wasRenamed) || !(await isReady(name))) return;
    return finish(name, by);
  }

  /** Whether a file is there, nobody writes to it, and there is something in it. */
  async function isReady(name: string): Promise<boolean> {
    const file = await spool.find(place, name);
    return file !== undefined && file.bytes > 0 && !open.has(name);
  }

  async function breakOff(name: string): Promise<void> {
    const before = open.get(name);
    open.delete(name);
    await before?.abandon();
  }

  function handle(name: string, upload: Upload): OpenFile {
    const isMine = () => open.get(name) === upload;
    let isFaulty = false;
    const faulty = (fault: UploadFault): UploadFault => {
      if (!isFaulty) deps.report(fault);
      isFaulty = true;
      return fault;
    };
    return {
      name,
      get bytes() {
        return upload.bytes;
      },
      async write(at, piece) {
        if (!isMine()) return 'broken-off';
        held += piece.length;
        if (held > maxHeld) return faulty('no-room');
        const fault = await upload.write(at, piece);
        return fault === undefined ? undefined : faulty(fault);
      },
      resize: async (bytes) => {
        if (isMine()) await upload.resize(bytes);
      },
      close: (by) =>
        inTurn(async () => {
          if (!isMine()) return 'broken-off';
          open.delete(name);
          try {
            if (!(await upload.close()) || isFaulty) return 'incomplete';
            await came(name, false, by);
            return undefined;
          } catch (error) {
            if (isNoRoom(error)) return faulty('no-room');
            throw error;
          }
        }),
      abandon: () =>
        inTurn(async () => {
          if (isMine()) await breakOff(name);
        }),
    };
  }

  return {
    async list() {
      const lying = [
        ...shown.values(),
        ...(await spool.whole(place)).map((file) => ({ ...itemOf(file), state: 'waiting' as const })),
        ...(await spool.coming(place)).map((file) => ({ ...itemOf(file), state: 'coming' as const })),
      ];
      // What is newest of a name counts.
      const items = new Map(lying.map((item) => [item.name, item]));
      return [...items.values()].sort((one, other) => (one.name < other.name ? -1 : 1));
    },
    async find(name) {
      const file = await spool.find(place, name);
      return file === undefined ? shown.get(name) : { ...itemOf(file), state: 'coming' };
    },
    open: (name, way) =>
      inTurn(async () => {
        const there = await spool.find(place, name);
        if (there === undefined && !way.create) return 'absent';
        if (there !== undefined && way.exclusive) return 'exists';
        const files = [...(await spool.coming(place)), ...(await spool.whole(place))];
        if (there === undefined && files.length >= mostFiles) return 'too-many';
        held = files.reduce((sum, { bytes }) => sum + bytes, 0);
        await breakOff(name);
        try {
          const path = await spool.pathOf(place, name);
          const upload = await openUpload(path, { ...way, maxBytes: maxFileBytes });
          open.set(name, upload);
          return handle(name, upload);
        } catch (error) {
          if (!isNoRoom(error)) throw error;
          deps.report('no-room');
          return 'no-room';
        }
      }),
    rename: (from, to, by) =>
      inTurn(async () => {
        const file = await spool.find(place, from);
        if (file === undefined) return shown.has(from) ? 'denied' : 'absent';
        if (open.has(from) || open.has(to)) return 'in-use';
        if ((await spool.find(place, to)) !== undefined) return 'exists';
        await spool.move(place, from, to);
        await came(to, true, by);
        return undefined;
      }),
    remove: (name) =>
      inTurn(async () => {
        const file = await spool.find(place, name);
        if (file === undefined) {
          if (shown.get(name)?.state === 'waiting') return 'denied';
          return shown.delete(name) ? undefined : 'absent';
        }
        await breakOff(name);
        await removeFile(file.path);
        return undefined;
      }),
  };
}

function itemOf({ name, bytes, at }: { readonly name: string; readonly bytes: number; readonly at: number }) {
  return { name, bytes, at };
}
